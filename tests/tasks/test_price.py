from __future__ import annotations

from storage.jobs import Describe
from tasks.price import price_of
from tests.conftest import a_job, imagined


def test_the_price_is_the_work() -> None:
    small = imagined(a_job(pictures=4, steps=20))
    large = small.model_copy(update={"width": 1024, "height": 1024})
    assert price_of(large) == round(4 * 20 * 1024**2 / 1e6)
    assert price_of(large.model_copy(update={"steps": 10})) == round(4 * 10 * 1024**2 / 1e6)
    assert price_of(small.model_copy(update={"steps": 1})) == 1, "no picture is free"


def test_words_are_free() -> None:
    assert price_of(Describe(image="ab" * 32)) == 0
