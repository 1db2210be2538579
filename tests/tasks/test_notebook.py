from __future__ import annotations

import pytest

from tasks.notebook import (
    Entry,
    Kind,
    Lexicon,
    NotebookError,
    expand,
    named,
    names_any,
    read_styles,
    read_wildcards,
)

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
LEXICON: Lexicon = {entry.name.casefold(): entry for entry in ENTRIES}


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


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Entry(kind=Kind.WILDCARD, name="colour", options=("red", "dark __Colour__")), "names itself"),
        (Entry(kind=Kind.PHRASE, name="ink", text="in $INK"), "names itself"),
        (Entry(kind=Kind.PHRASE, name="a b", text="x"), "is no name for an entry"),
        (Entry(kind=Kind.PHRASE, name="x" * 49, text="x"), "is no name for an entry"),
        (Entry(kind=Kind.WILDCARD, name="colour"), "is empty"),
        (Entry(kind=Kind.PHRASE, name="ink", text="in\u202eink"), "changes the direction"),
    ],
)
def test_an_entry_is_checked(entry: Entry, said: str) -> None:
    with pytest.raises(NotebookError, match=said):
        named(entry)


def test_files_of_a1111_are_read() -> None:
    table = 'name,prompt,negative_prompt\r\n"Ink Wash","ink, {prompt}",photo\r\nHEADING,,\r\nB,"x\n y",\r\n'
    ink, other = read_styles(b"\xef\xbb\xbf" + table.encode())
    assert ink == Entry(kind=Kind.STYLE, name="Ink-Wash", text="ink, {prompt}", negative="photo")
    assert (other.name, other.text) == ("B", "x y")
    wildcard = read_wildcards(b"red\n# no\n\n dark blue # navy\n", "my colours")
    assert wildcard == Entry(kind=Kind.WILDCARD, name="my-colours", options=("red", "dark blue"))


def test_styles_whose_names_become_the_same_here_are_all_written_down() -> None:
    signs = read_styles(
        b"name,prompt\nInk!,a\nINK?,b\nInk-2,c\n" + b"x" * 60 + b",d\n" + b"x" * 60 + b"y,e\n"
    )
    assert [(style.name, style.text) for style in signs] == [
        ("Ink", "a"),
        ("INK-2", "b"),
        ("Ink-2-2", "c"),
        ("x" * 48, "d"),
        ("x" * 46 + "-2", "e"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"name;prompt;negative_prompt\r\nTusche;Tinte, {prompt};Foto\r\n",
        'Name, Prompt, Negative_Prompt\nTusche,"Tinte, {prompt}",Foto\n'.encode("utf-16"),
        "\ufeffname\tprompt\tnegative_prompt\nTusche\tTinte, {prompt}\tFoto\n".encode(),
    ],
)
def test_tables_are_read_as_spreadsheets_save_them(data: bytes) -> None:
    assert read_styles(data) == [
        Entry(kind=Kind.STYLE, name="Tusche", text="Tinte, {prompt}", negative="Foto")
    ]


def test_a_file_of_a_mac_has_the_name_that_is_typed() -> None:
    assert read_wildcards(b"a\r\nb\r\n", "ra\u0308ume").name == "r\u00e4ume"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"name,prompt,negative_prompt\n", "no styles"),
        (b"name,prompt\n!!!,x\nHEADING,\n", "no styles"),
        (b"a,b\n1,2\n", "no columns name and prompt"),
        (b"", "no columns"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"name,prompt\n" + b"a,b\n" * 201, "201 lines, and 200 is the most"),
    ],
)
def test_other_tables_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(NotebookError, match=said):
        read_styles(data)


def test_wildcards_have_an_end() -> None:
    with pytest.raises(NotebookError, match="2001 lines"):
        read_wildcards(b"a\n" * 2001, "many")


def test_prompts_that_name_nothing_are_known_at_a_glance() -> None:
    assert not names_any("a cat, 5 $", "__init")
    assert names_any("a cat", "$ink")
    assert names_any("a __colour__ cat")


def test_entries_have_names_in_letters_of_all_scripts() -> None:
    hero = named(Entry(kind=Kind.PHRASE, name="नायिका", text="a knight in red"))
    rain = named(Entry(kind=Kind.WILDCARD, name="บ้าน", options=("a hut",)))
    lexicon = {entry.name.casefold(): entry for entry in (hero, rain)}
    assert expand("$नायिका, __บ้าน__", "", lexicon, 1).prompt == "a knight in red, a hut"
    assert read_wildcards(b"a\nb\n", "नायिका").name == "नायिका"
