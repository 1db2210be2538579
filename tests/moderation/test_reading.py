from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.reading import normalise, readings, words_of

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
WEIGHTY_TEXT = st.text(st.sampled_from("ab1.:!+-()[]<>\\ é裸ド"), max_size=60)


@settings(deadline=None)
@given(ANY_TEXT | WEIGHTY_TEXT)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(deadline=None)
@given(ANY_TEXT | WEIGHTY_TEXT)
def test_readings_are_words_with_single_spaces(text: str) -> None:
    for reading in readings(text).words:
        assert reading == " ".join(reading.split())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("(red:1.3) boat", "red boat"),
        ("((red)) [boat]", "red boat"),
        ("(red: 1.3 ) boat", "red boat"),
        ("(red:-1) boat", "red boat"),
        ("red++ boat-- sea!!", "red boat sea"),
        ("(red)1.3 boat", "red boat"),
        ("(red)15 boats", "red 15 boats"),
        (r"\(red\) boat", "red boat"),
        ("<lora:red:0.8> boat", "lora red boat"),
        ("[red:blue:0.5] boat", "red blue boat"),
        ("red-boat, blue_sea", "red boat blue sea"),
        ("Ｒｅｄ BÖAT", "red boat"),
        ("rouge à l'île", "rouge a l ile"),
        ("ｶﾞﾗｽの船 boat", "ガラスの船 boat"),
    ],
)
def test_weights_and_forms_are_folded_away(written: str, read: str) -> None:
    assert words_of(normalise(written)) == read


@pytest.mark.parametrize(
    "written",
    ["bоаt", "ВОАТ", "ｂｏａｔ", "𝓫𝓸𝓪𝓽", "ⓑⓞⓐⓣ", "🅑🅞🅐🅣", "🇧🇴🇦🇹", "ʙᴏᴀᴛ", "ɓøąț", "b0at", "b04t", "bo@t"],
)
def test_look_alikes_are_read_as_latin_letters(written: str) -> None:
    assert "boat" in readings(written).words


@pytest.mark.parametrize("written", ["b o a t", "b.o.a.t", "b-o-a-t", "b * o * a * t", "b_o_a_t", "b 0 a t"])
def test_spelled_words_are_joined(written: str) -> None:
    assert "boat" in readings(written).spelled


@pytest.mark.parametrize("written", ["bo(at)", "bo.at", "bo(at:1.2)", "b[oa]t", "bo_at"])
def test_words_cut_by_punctuation_are_joined(written: str) -> None:
    assert "boat" in readings(written).words
