from __future__ import annotations

import numpy as np
import pytest

from bot.named import allowed, refused
from bot.refusals import Refusal
from moderation.gallery import DRAWN, NOBODY, Gallery, Learned


def test_names_are_read_with_commas_between_them() -> None:
    assert refused("Orla  Vanterpool, Jane Roe,, Jane Roe") == ("Orla Vanterpool", "Jane Roe")
    assert allowed("taylor swift, t0m hanks", NOBODY) == ("Taylor Swift", "Tom Hanks")
    assert refused("none") == allowed("None", NOBODY) == ()


@pytest.mark.parametrize(
    "said",
    [
        "Prince",
        "A cat",
        "sea.",
        "a",
        "(a+)+$",
        "!!!",
        "x" * 81,
        ", ".join(f"Jane Roe {n}" for n in range(51)),
    ],
)
def test_what_would_refuse_too_much_or_nothing_is_no_name(said: str) -> None:
    with pytest.raises(Refusal):
        refused(said)


def test_only_listed_names_can_be_let_through() -> None:
    with pytest.raises(Refusal, match="is on no list of names"):
        allowed("Orla Vanterpool", NOBODY)


def test_whom_the_gallery_knows_can_be_let_through() -> None:
    mira = Gallery([Learned("Mira", DRAWN.name, np.zeros(DRAWN.dimensions, np.float32))])
    assert allowed("tom hanks, MIRA", mira) == ("Tom Hanks", "Mira")
