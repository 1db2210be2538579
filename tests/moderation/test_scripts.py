"""Letters that look like those of another script."""

from __future__ import annotations

import re

import pytest

from moderation.judge import judge_prompt
from moderation.policy import SFW
from moderation.scripts import LATIN, MARKS, may_be_latin, script_of
from moderation.verdict import Action


@pytest.mark.parametrize(
    ("term", "script"), [("nude", LATIN), ("été", LATIN), ("орган", "CYRILLIC"), ("ΑΓ", "GREEK")]
)
def test_scripts_are_told_by_their_letters(term: str, script: str) -> None:
    assert script_of(term) == script


@pytest.mark.parametrize(
    ("quote", "around", "may_be"),
    [
        ("орган", "старый  в церкви", False),
        ("орган", "a photo of ", True),
        ("орган", "", False),
        ("сосо", "", True),
        ("tаylоr", "", True),
        ("🅽ude", "портрет", True),
    ],
)
def test_a_text_that_is_of_such_letters_throughout_means_them(quote: str, around: str, may_be: bool) -> None:
    assert may_be_latin(quote, around) is may_be


@pytest.mark.parametrize(
    ("prompt", "verdict"),
    [
        ("старый орган в церкви", Action.ALLOW),
        ("портрет опры уинфри", Action.BLOCK),
        ("орrаh at home", Action.BLOCK),
    ],
)
def test_a_name_is_none_where_it_is_a_word_of_another_script(prompt: str, verdict: Action) -> None:
    assert judge_prompt(prompt, "", SFW).verdict is verdict


@pytest.mark.parametrize("word", ["परी", "ครู", "தமிழ்", "שָׁלוֹם", "ọ̀run", "ស្រី"])
def test_words_of_all_scripts_are_letters_and_their_marks(word: str) -> None:
    assert re.fullmatch(rf"[\w{MARKS}]+", word)
    assert not re.fullmatch(r"\w+", word)
    assert not re.search(f"[{MARKS}]", "a-z_ \u200d\ufe0f.")
