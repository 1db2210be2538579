"""What prompts become that name entries of a notebook."""

from __future__ import annotations

import pytest

from tasks.expand import expand
from tasks.notebook import Entry, Kind, Lexicon, NotebookError, key

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
        ("$swell0", "more than 500 entries of your notebook"),
        ("$keep", "There is no entry \\$keep"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(prompt: str, said: str) -> None:
    with pytest.raises(NotebookError, match=said):
        expand(prompt, "", LEXICON, seed=1)
