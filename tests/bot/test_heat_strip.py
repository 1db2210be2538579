"""The strip of a shortened prompt."""

from __future__ import annotations

from bot.grid import BACKGROUND
from bot.heat_strip import heat_strip
from bot.weight_strip import colour_of
from storage.events import Association

WORDS = [Association(phrase=word, agreement=effect) for word, effect in (("of", 0.1), ("red", 0.4))]


def test_the_more_a_word_matters_the_redder_it_is() -> None:
    colours = set(heat_strip(WORDS, [False, False]).get_flattened_data())
    assert {colour_of(1.25), colour_of(2.0), BACKGROUND} <= colours


def test_what_is_left_out_stands_on_no_colour() -> None:
    colours = set(heat_strip(WORDS, [True, False]).get_flattened_data())
    assert colour_of(1.25) not in colours
    assert colour_of(2.0) in colours
