from __future__ import annotations

from moderation.parts import Parts
from moderation.reading import Reading

PARTS = Parts([("without", "clothes"), ("wears", "nothing")], ["but"])


def _found(text: str) -> list[str]:
    return [part.quote for part in PARTS.matches(Reading(text))]


def test_words_of_both_parts_of_a_pair_are_given_in_their_order() -> None:
    assert _found("a man without any clothes") == ["without", "clothes"]
    assert _found("(without:1.2) clothes") == ["without", "clothes"]
    assert _found("eine Frau ohne Kleidung") == ["ohne", "Kleidung"]


def test_a_text_is_not_looked_into_without_both() -> None:
    assert _found("a man without a hat") == []
    assert _found("clothes on a line") == []
    assert _found("a man wearing clothes") == []  # of two pairs
    assert _found("sans kleider") == []  # of two languages


def test_letters_that_are_spelled_out_and_scripts_without_spaces_are_read() -> None:
    assert {"w i t h o u t", "clothes"} <= set(_found("w i t h o u t clothes"))
    assert "衣服" in _found("没有任何衣服的人")


def test_words_know_their_sections_and_languages() -> None:
    assert PARTS.uses["ohne"] == {"without": frozenset({"de"})}
