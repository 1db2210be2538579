from __future__ import annotations

from moderation.halves import apart_from, is_part, taken_out
from moderation.reading import readings
from moderation.sense import Senses

SEXUAL, MINORS = Senses("sexual"), Senses("minors")


def test_a_part_of_a_word_is_no_other_word() -> None:
    (spelled,) = readings("n.a.k.i.d")
    assert [match.quote for match in MINORS.matches(spelled)] == ["k.i.d"]
    assert not list(apart_from([SEXUAL], MINORS.matches(spelled)))
    (beside,) = readings("n.a.k.i.d k.i.d")
    assert [match.span for match in apart_from([SEXUAL], MINORS.matches(beside))] == [(10, 15)]


def test_what_is_all_of_a_word_and_what_a_word_is_joined_to_count() -> None:
    for text in ("childporn", "Teensex", "childnude"):
        assert list(apart_from([SEXUAL], MINORS.all_of(readings(text))))
    assert not is_part((0, 5), (0, 5))
    assert is_part((1, 5), (0, 5))
    assert not is_part((1, 6), (0, 5))


def test_an_age_is_not_looked_for_in_a_word() -> None:
    assert [reading.text for reading in taken_out(SEXUAL, readings("a n4ked cat"))] == ["a  xx  cat"]
    (same,) = readings("a cat")
    assert list(taken_out(SEXUAL, [same])) == [same]
