"""What prompts become that name entries of a notebook."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.expand import all_expanded, expand
from tasks.notebook import Entry, Kind, Lexicon, NotebookError, key
from tasks.permutations import TooManyPrompts

ENTRIES = (
    Entry(kind=Kind.PHRASE, name="Hero", text="a __colour__ knight"),
    Entry(kind=Kind.PHRASE, name="loop", text="$pool"),
    Entry(kind=Kind.PHRASE, name="pool", text="$loop"),
    Entry(kind=Kind.PHRASE, name="long", text="x" * 600),
    Entry(
        kind=Kind.STYLE, name="ink", text="ink drawing of {prompt}, $hero", negative="photo", quality="fine"
    ),
    Entry(kind=Kind.STYLE, name="grain", text="film grain", negative="clean"),
    Entry(kind=Kind.WILDCARD, name="colour", options=("red", "blue", "green")),
    Entry(kind=Kind.WILDCARD, name="animals/cat", options=("tabby",)),
    Entry(kind=Kind.PHRASE, name="3D", text="in three dimensions"),
    Entry(kind=Kind.PHRASE, name="keep/tower", text="a tower of a castle"),
    Entry(kind=Kind.PHRASE, name="R\u00e4ume", text="rooms"),
    Entry(kind=Kind.STYLE, name="old", text="{prompt}, sepia", negative="modern, {prompt}, neon"),
    *(Entry(kind=Kind.PHRASE, name=f"swell{place}", text=f"$swell{place + 1} " * 100) for place in range(7)),
    Entry(kind=Kind.PHRASE, name="swell7", text="x"),
    Entry(kind=Kind.PHRASE, name="houses", text="{red, {dark, light} blue} house"),
    Entry(kind=Kind.PHRASE, name="tall", text="tall, {thin}, in red"),
    Entry(kind=Kind.WILDCARD, name="trees", options=("{oak、elm}",)),
    *(Entry(kind=Kind.PHRASE, name=name, text=f"{name} gap") for name in ("wide", "wider", "widest")),
    Entry(kind=Kind.STYLE, name="bare", negative="photo"),
    Entry(kind=Kind.STYLE, name="drawn", text="{chalk, oil} of {prompt}"),
    Entry(kind=Kind.WILDCARD, name="number", options=tuple(map(str, range(100)))),
    Entry(kind=Kind.PHRASE, name="herd", text="__number__ sheep and __number__ goats"),
)
LEXICON: Lexicon = {key(entry.name): entry for entry in ENTRIES}


@pytest.mark.parametrize(
    ("prompt", "becomes", "negative"),
    [
        ("a cat", "a cat", "dark"),
        ("a __animals/cat__ and $5, a$ap, __init", "a tabby and $5, a$ap, __init", "dark"),
        ("a cat, $grain", "a cat, film grain", "dark, clean"),
        ("$grain", "film grain", "dark, clean"),
        ("a house $3d", "a house in three dimensions", "dark"),
        ("$keep/tower, $keep/tower/2", "a tower of a castle, a tower of a castle/2", "dark"),
        ("$ra\u0308ume", "rooms", "dark"),
        ("a cat, $old", "a cat, sepia", "modern, dark, neon"),
        ("a cat ($grain:1.2), [$old] [[[ ]]]", "a cat, film grain, sepia", "modern, dark, clean, neon"),
        ("a cat, $bare", "a cat", "dark, photo"),
        ("🦊 $old", "🦊, sepia", "modern, dark, neon"),
    ],
)
def test_names_become_what_was_written_down(prompt: str, becomes: str, negative: str) -> None:
    expanded = expand(prompt, "dark", LEXICON, seed=1)
    assert (expanded.prompt, expanded.negative) == (becomes, negative)


def test_wildcards_take_any_option_and_the_same_again_for_a_seed() -> None:
    taken = [expand("$HERO on a __Colour__ hill", "", LEXICON, seed).prompt for seed in range(40)]
    assert taken == [expand("$hero on a __colour__ hill", "", LEXICON, seed).prompt for seed in range(40)]
    assert len(set(taken)) == 9


def test_a_style_puts_the_rest_in_its_place_and_says_how_it_is_drawn() -> None:
    expanded = expand("a tree, $ink, at night", "", LEXICON, seed=3)
    assert expanded.prompt.startswith("ink drawing of a tree, at night, a ")
    assert expanded.prompt.endswith(" knight")
    assert expanded.negative == "photo"
    assert [style.quality for style in expanded.styles] == ["fine"]


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("$nobody", "There is no entry \\$nobody in your notebook"),
        ("a __size__ cat", "There is no entry __size__"),
        ("__hero__", "There is no entry __hero__"),
        ("$loop", "names itself"),
        ("$long $long", "has 1,201 characters; 1,000 is the most"),
        ("$ink", "say what should be in the picture, beside the style"),
        (" , $ink, $grain.", "beside the style"),
        ("($ink:1.2), [$old]", "beside the style"),
        ("$bare", "beside the style"),
        ("$swell0", "more than 500 entries of your notebook"),
        ("$keep", "There is no entry \\$keep"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(prompt: str, said: str) -> None:
    with pytest.raises(NotebookError, match=said):
        expand(prompt, "", LEXICON, seed=1)


def prompts_of(prompt: str, seed: int = 1) -> list[str]:
    return [each.prompt for each in all_expanded(prompt, "", LEXICON, seed)]


@pytest.mark.parametrize(
    ("prompt", "prompts"),
    [
        ("$houses", ["red house", "dark blue house", "light blue house"]),
        ("{a, b} __trees__", ["a oak", "a elm", "b oak", "b elm"]),
        ("a cat, $drawn", ["chalk of a cat", "oil of a cat"]),
        ("a $wide{r, st} road", ["a wider gap road", "a widest gap road"]),
        ("${keep/tower, 3D}", ["a tower of a castle", "in three dimensions"]),
        ("{$tall, short} man", ["tall, {thin}, in red man", "short man"]),
        (r"\{a, b\} $houses", ["{a, b} red house", "{a, b} dark blue house", "{a, b} light blue house"]),
    ],
)
def test_braces_list_wherever_they_stand(prompt: str, prompts: list[str]) -> None:
    assert prompts_of(prompt) == prompts


def test_no_more_prompts_are_made_with_what_entries_list() -> None:
    with pytest.raises(TooManyPrompts):
        prompts_of("{1,2,3,4,5,6} $houses")
    assert len(prompts_of("{1,2,3,4,5} $houses")) == 15


def test_the_usual_style_is_for_prompts_that_name_none() -> None:
    style = LEXICON["grain"]
    found = all_expanded("{a cat, a dog $old}", "", LEXICON, 1, style)
    assert [(each.prompt, each.negative) for each in found] == [
        ("a cat, film grain", "clean"),
        ("a dog, sepia", "modern, neon"),
    ]


@given(st.lists(st.sampled_from(["__number__", "$herd", "{__number__, x}", "{$herd, x}", "a"]), min_size=1))
def test_what_braces_do_not_list_is_the_same_in_all_prompts(parts: list[str]) -> None:
    try:
        # Numbers apart tell which sign each came from.
        found = prompts_of(" | ".join(parts))
    except TooManyPrompts:
        return
    for place, part in enumerate(parts):
        taken = {prompt.split("|")[place].strip() for prompt in found} - {"x"}
        assert len(taken) == 1, (part, found)
    assert all(prompt.isprintable() for prompt in found), "nothing is left of what was set aside"


def test_a_prompt_and_its_negative_one_take_different_things() -> None:
    found = [expand("__number__", "__number__", LEXICON, seed) for seed in range(5)]
    assert any(each.prompt != each.negative for each in found)
