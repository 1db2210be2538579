from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.normalise import normalise, words_of

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
WEIGHTY_TEXT = st.text(st.sampled_from("ab1.:!+-()[]<>\\ é裸ド"), max_size=60)


@settings(deadline=None)
@given(ANY_TEXT | WEIGHTY_TEXT)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


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
