from __future__ import annotations

import pytest

from moderation.letters import FILLER, FOLDED, Kind


@pytest.mark.parametrize(
    ("character", "letters", "kind"),
    [
        ("A", "a", Kind.LETTER),
        ("é", "e", Kind.LETTER),
        ("ﬁ", "fi", Kind.LETTER),
        ("ß", "ss", Kind.LETTER),
        ("о", "o", Kind.LETTER),
        ("ж", "ж", Kind.LETTER),
        ("7", "7", Kind.DIGIT),
        ("٧", "7", Kind.DIGIT),
        ("$", "$", Kind.LEET),
        ("ガ", "ガ", Kind.KATAKANA),
        ("船", "船", Kind.FREE),
        ("글", "글", Kind.LETTER),
        ("ा", "ा", Kind.LETTER),
        (",", "", Kind.SIGN),
        ("🙂", "", Kind.SIGN),
        ("\u0301", "", Kind.NOTHING),
        ("\u0640", "", Kind.NOTHING),
        ("\u3164", "", Kind.NOTHING),
        ("\u3000", "", Kind.SPACE),
        (FILLER, "", Kind.SYNTAX),
    ],
)
def test_characters_are_read_as_letters_of_a_kind(character: str, letters: str, kind: Kind) -> None:
    assert FOLDED[character] == (letters, kind)
