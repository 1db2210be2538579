from __future__ import annotations

from moderation.reading import readings
from moderation.signs import signs


def test_signs_are_found_with_skin_tones_and_named() -> None:
    (child,) = signs("minors", readings("a picture of 🧒🏽 at school"))
    assert child.term == "🧒"
    assert child.quote == "🧒 (child)"
    assert child.span == (13, 14)


def test_signs_that_belong_together_are_found_apart() -> None:
    assert [sign.term for sign in signs("sexual", readings("🍆 💦"))] == ["🍆💦"]


def test_signs_that_somebody_shows_are_found_with_the_words_that_say_so() -> None:
    (shown,) = signs("sexual", readings("a woman flashing her 🍑 at us"))
    assert shown.span == (8, 22)
    assert len(list(signs("sexual", readings("a man, his 🍆 out")))) == 1
    assert list(signs("sexual", readings("a farmer showing his 🍆 at the market"))) == []
    assert list(signs("sexual", readings("showing her 🍒 pie"))) == []
    assert list(signs("sexual", readings("a woman with her 🍑 in a bag"))) == []


def test_fruit_among_fruit_is_fruit() -> None:
    assert list(signs("suggestive", readings("🍑 🍅 on a table"))) == []
    assert list(signs("suggestive", readings("a peach 🍑"))) == []
    assert len(list(signs("suggestive", readings("🍑 for you")))) == 1
