from __future__ import annotations

import pytest

from moderation.letter_names import spelled


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("eye dee are eye ess, then ee el bee ay", "idris elba"),
        ("a hat on vee ay en double-u eye ell", "a hat on vanwil"),
        ("kay ay tee ee, double u eye en es el ee tee in a boat", "kate winslet in a boat"),
        ("a bee and a pea", "a bee and a pea"),
        ("why are you at sea", "why are you at sea"),
        ("el jay, oh why", "el jay, oh why"),
        ("", ""),
    ],
)
def test_letters_are_read_by_what_they_are_called(written: str, read: str) -> None:
    assert spelled(written) == read
