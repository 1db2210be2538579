from __future__ import annotations

import codecs

import pytest

from moderation.names.ciphered import Ciphered

KNOWN = Ciphered([(7, "Idris Elba"), (8, "Helena Bonham Carter")])


@pytest.mark.parametrize(
    ("written", "owner"),
    [
        (codecs.encode("idris elba", "rot13"), 7),
        ("jesjt fmcb", 7),
        ("rwirh voyz", 7),
        (codecs.encode("helena bonham carter", "rot13"), 8),
    ],
)
def test_names_are_known_in_ciphers(written: str, owner: int) -> None:
    words = ["see", *written.split()]
    assert list(KNOWN.find(words)) == [(owner, 1, len(words) - 1)]


@pytest.mark.parametrize("written", ["idris elba", "vqevf fmcb", "vqevf ryon"[::-1], "a tree"])
def test_other_words_are_none(written: str) -> None:
    assert not list(KNOWN.find(written.split()))
