"""Entries of a notebook, and where texts name them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.expand import expand
from tasks.notebook import Entry, Kind, Lexicon, NotebookError, key, named, names_any, signs_in
from tasks.notebook_files import read_wildcards


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


def test_prompts_that_name_nothing_are_known_at_a_glance() -> None:
    assert not names_any("a cat, 5 $", "init__")
    assert names_any("a cat", "$ink")
    assert names_any("a __colour__ cat")


def test_entries_have_names_in_letters_of_all_scripts() -> None:
    hero = named(Entry(kind=Kind.PHRASE, name="नायिका", text="a knight in red"))
    rain = named(Entry(kind=Kind.WILDCARD, name="บ้าน", options=("a hut",)))
    lexicon = {key(entry.name): entry for entry in (hero, rain)}
    assert expand("$नायिका, __บ้าน__", "", lexicon, 1).prompt == "a knight in red, a hut"
    assert read_wildcards(b"a\nb\n", "नायिका").entries[0].name == "नायिका"


ENTRIES = (
    *(
        Entry(kind=Kind.PHRASE, name=name, text="x")
        for name in ("knight", "騎士", "騎士団", "기사", "อัศวิน", "ap")
    ),
    *(Entry(kind=Kind.WILDCARD, name=name, options=("x",)) for name in ("animal", "a", "b", "a__c", "動物")),
)
LEXICON: Lexicon = {key(entry.name): entry for entry in ENTRIES}


def read(text: str) -> str:
    """A text with brackets around its signs, and what each names or else is taken for behind a colon."""
    said, place = "", 0
    for sign in signs_in(text, LEXICON):
        what = sign.entry.name if sign.entry else f"?{sign.meant.sign if sign.meant else ''}"
        said += f"{text[place : sign.start]}[{text[sign.start : sign.end]}:{what}]"
        place = sign.end
    return said + text[place:]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("three __animal__s", "three [__animal__:animal]s"),
        ("赤い__animal__の家", "赤い[__animal__:animal]の家"),
        ("赤い$騎士の絵", "赤い[$騎士:騎士]の絵"),
        ("赤い$騎士団の絵", "赤い[$騎士団:騎士団]の絵"),
        ("$knightの絵", "[$knight:knight]の絵"),
        ("빨간 $기사의 그림", "빨간 [$기사:기사]의 그림"),
        ("ภาพ$อัศวินสีแดง", "ภาพ[$อัศวิน:อัศวิน]สีแดง"),
        ("＿＿ａｎｉｍａｌ＿＿ ＄Ｋｎｉｇｈｔ", "[＿＿ａｎｉｍａｌ＿＿:animal] [＄Ｋｎｉｇｈｔ:knight]"),
        ("$knight__animal__, Ke$ha__a__", "[$knight:knight][__animal__:animal], Ke$ha[__a__:a]"),
        ("__a____b__", "[__a__:a][__b__:b]"),
        ("__a__c__ x__動物__y", "[__a__c__:a__c] x[__動物__:動物]y"),
        ("_$knight_, a$knight", "_[$knight:knight]_, a[$knight:knight]"),
        ("a$ap, Ke$ha, US$5, $5, 5$, $$$, $ x", "a[$ap:ap], Ke$ha, US$5, $5, 5$, $$$, $ x"),
        ("\\$knight \\__animal__", "\\$knight \\__animal__"),
        ("<lora:my__animal__v2:1>, <x__b__>, <a$ap>", "<lora:my__animal__v2:1>, <x__b__>, <a$ap>"),
        (
            "<__animal__>, <lora:__b__:1>, a < x__a__",
            "<[__animal__:animal]>, <lora:[__b__:b]:1>, a < x[__a__:a]",
        ),
        ("three __animla__s", "three [__animla__:?]s"),
        ("赤い$騎馬の絵", "赤い[$騎馬の絵:?]"),
        ("__my animal__, __🦊__, __~x*__", "[__my animal__:?], [__🦊__:?], [__~x*__:?]"),
        ("__knight__ or $animal", "[__knight__:?$knight] or [$animal:?__animal__]"),
        ("an __animal on a hill", "an [__animal:?__animal__] on a hill"),
        ("__init, ____, a __ b __ c", "__init, ____, a __ b __ c"),
    ],
)
def test_signs_are_found_wherever_they_stand(text: str, found: str) -> None:
    assert read(text) == found


@given(
    st.lists(
        st.sampled_from([*"ab$_＿＄ ,の騎士สี\\", "__", "__animal__", "＿＿動物＿＿", "$knight", "$騎士"]),
        max_size=12,
    ).map("".join)
)
def test_what_looks_like_a_wildcard_is_never_drawn_as_it_is_written(text: str) -> None:
    signs = list(signs_in(text, LEXICON))
    assert all(one.end <= other.start for one, other in pairwise(signs))
    assert all(sign.start < sign.end <= len(text) for sign in signs)
    rest = "".join(
        "|" if any(sign.start <= place < sign.end for sign in signs) else letter
        for place, letter in enumerate(text)
    )
    for written in ("__animal__", "＿＿動物＿＿"):
        assert written not in rest.replace("\\" + written, "")
