from __future__ import annotations

import pytest

from moderation.prompt_form import NESTING_LIMIT, PROMPT_LIMIT, malformed

MALFORMED = {
    "empty": ("", "empty"),
    "spaces": ("   ", "empty"),
    "an ideographic space": ("\u3000", "empty"),
    "one character too many": ("a" * (PROMPT_LIMIT + 1), "1,001 characters"),
    "ten thousand characters": ("cat " * 2500, "10,000 characters"),
    "NUL": ("a cat\0", "control character (U+0000, character 6)"),
    "escape": ("\x1b[31mred", "control character (U+001B, character 1)"),
    "line break": ("a cat\nNegative prompt: dog", "line break"),
    "tab": ("a\tcat", "control character"),
    "C1 control": ("a\x85cat", "control character"),
    "line separator": ("a\u2028cat", "line break"),
    "right-to-left override": ("a \u202etac", "direction of the text (U+202E, character 3)"),
    "isolate": ("a \u2066cat\u2069", "direction of the text"),
    "right-to-left mark": ("cat\u200f", "direction of the text"),
    "zero-width space": ("nu\u200bde", "invisible character (U+200B, character 3)"),
    "joiner in a Latin word": ("nu\u200dde", "invisible character"),
    "soft hyphen": ("nu\u00adde", "invisible character"),
    "byte order mark": ("\ufeffa cat", "invisible character"),
    "Hangul filler": ("\u3164", "invisible character"),
    "empty Braille": ("a\u2800cat", "invisible character"),
    "tag letters without a flag": ("cat\U000e0061\U000e0062", "invisible character"),
    "lone surrogate": ("a \ud83d cat", "half of a character (U+D83D, character 3)"),
    "500 open brackets": ("(" * 500, "nests brackets"),
    "one level too deep": ("[" * 51 + "a" + "]" * 51, "nests brackets"),
    "mixed brackets": ("([{" * 17 + "cat", "nests brackets"),
}

WELL_FORMED = {
    "plain": "a red boat on a blue sea",
    "the longest": "a" * PROMPT_LIMIT,
    "as deep as it goes": "(" * NESTING_LIMIT + "a" + ")" * NESTING_LIMIT,
    "many brackets side by side": "(a)" * 100,
    "escaped brackets are no brackets": r"\(" * 100,
    "Arabic": "قطة حمراء على سجادة ٣",
    "Hebrew with points": "חָתוּל אָדֹם",
    "Persian with a non-joiner": "خانه\u200cهای آبی",
    "Hindi with a joiner": "क्\u200dष",
    "a family": "👨\u200d👩\u200d👧\u200d👦 on a beach",
    "skin tone and profession": "👩🏽\u200d🚀",
    "a heart with a selector": "❤\ufe0f\u200d🔥 and a rainbow flag 🏳\ufe0f\u200d🌈",
    "the flag of Scotland": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "Arabic sign that spans numbers": "\u06dd١٢",
    "an ideographic variant": "葛\U000e0100飾区",
    "accents apart from their letters": "cafe\u0301",
}


@pytest.mark.parametrize(("text", "complaint"), MALFORMED.values(), ids=MALFORMED)
def test_refuses_with_one_clear_sentence(text: str, complaint: str) -> None:
    reason = malformed(text, "prompt")
    assert reason is not None
    assert reason.rule == "malformed"
    assert complaint in reason.explanation
    assert reason.explanation.startswith("The prompt ")
    assert reason.model_dump_json()


@pytest.mark.parametrize("text", WELL_FORMED.values(), ids=WELL_FORMED)
def test_lets_ordinary_writing_pass(text: str) -> None:
    assert malformed(text, "prompt") is None


def test_a_negative_prompt_may_be_empty_but_not_malformed() -> None:
    assert malformed("", "negative prompt", may_be_empty=True) is None
    reason = malformed("\u202e", "negative prompt", may_be_empty=True)
    assert reason is not None
    assert "The negative prompt holds" in reason.explanation
