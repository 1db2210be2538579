from __future__ import annotations

import pytest

from moderation.names.fit import Spelling, letters_of, span_of_match, words_of
from moderation.reading import Reading


def fits(name: str, text: str) -> str | None:
    spelling, reading = Spelling.of(0, name), Reading(text)
    span = span_of_match(spelling, reading, reading.squeezed.index(spelling.letters))
    return None if span is None else reading.quote(*span)


@pytest.mark.parametrize(
    ("name", "text", "quote"),
    [
        ("Jon Loy", "see jon loy there", "jon loy"),
        ("Jon Loy", "see jonloy there", "jonloy"),
        ("Jon Loy", "jon loy2", "jon loy"),
        ("Jon Loy", "a major jon loyal to me", None),
        ("Jon Loy", "jo nloy", None),
        ("Luffy", "a fluffy cat", None),
        ("Luffy", "mr.luffy", "luffy"),
        ("Jon Loy", "j o n l o y", "j o n l o y"),
        ("Hannah Cooper", "han nah co oper", "han nah co oper"),
        ("Will Adler", "wlll adler", "wlll adler"),
        ("Yao Ming", "姚 Yao Ming", "Yao Ming"),
        ("姚明", "看姚明打球", "姚明"),
        ("ヨー", "ヨーグルト", None),
    ],
)
def test_letters_are_a_name_where_words_begin_and_end(name: str, text: str, quote: str | None) -> None:
    assert fits(name, text) == quote


def test_forms_are_joined_and_backwards() -> None:
    spelling = Spelling.of(0, "Jon Loyal")
    assert {form.letters for form in spelling.other_forms(8)} == {"layolnoj", "nojlayol"}
    assert not spelling.other_forms(9)
    assert letters_of("Anna Adams") == "anadams"
    assert words_of("Anna Lily Adams") == ("ana", "lily", "adams")
