from __future__ import annotations

from pathlib import Path

import pytest

from moderation.beside import is_person_next
from moderation.policy import SFW
from moderation.verdict import Action
from tests.moderation.support import verdict

_LINES = Path(__file__).with_name("things.txt").read_text(encoding="utf-8").splitlines()
THINGS = [tuple(line.split(": ", 1)) for line in _LINES]
"""What is called naked, or nude by its colour, and is no body: a language, a colon, a prompt."""


@pytest.mark.parametrize(("language", "prompt"), THINGS)
def test_things_that_are_called_naked_are_no_bodies(language: str, prompt: str) -> None:
    assert verdict(prompt, SFW) == (Action.ALLOW, "")


@pytest.mark.parametrize(
    "prompt",
    [
        "a naked rock climber",
        "naked, brick wall",
        "a nude woman, lipstick",
        "nude in heels",
        "two naked men at a brick wall",
        "голая, кирпичная стена",
        "обнажённая дама у кирпичной стены",
        "mujer en el campo desnuda",
        "uomo con gatto nudo",
        "femme près d'un arbre nue",
        "赤裸的女人和树枝",
        "裸の女性と木",
        "eine Frau nackt an der Ziegelwand",
    ],
)
def test_somebody_beside_a_thing_is_still_naked(prompt: str) -> None:
    assert verdict(prompt, SFW) == (Action.BLOCK, "sexual")


def test_a_word_for_a_person_may_follow() -> None:
    assert is_person_next("a naked rock climber", len("a naked rock"))
    assert not is_person_next("a naked rock, climber", len("a naked rock"))
    assert not is_person_next("a naked rock wall", len("a naked rock"))
