from __future__ import annotations

import pytest

from moderation.policy import FAMILY, NSFW, SFW
from moderation.verdict import Action
from tests.moderation.support import verdict


@pytest.mark.parametrize(
    "prompt",
    [
        "a gory battlefield",
        "a decapitated knight",
        "spilled guts on the floor",
        "ein Blutbad im Wald",
        "生首",
    ],
)
def test_mutilated_bodies_are_for_each_policy_to_decide(prompt: str) -> None:
    assert verdict(prompt, FAMILY) == (Action.BLOCK, "gore")
    assert verdict(prompt, SFW) == (Action.WARN, "gore")
    assert verdict(prompt, NSFW) == (Action.ALLOW, "")


@pytest.mark.parametrize(
    "prompt",
    [
        "blood moon over the sea",
        "a skull with roses",
        "zombies at a party",
        "a gorge in the alps",
        "the severed cable of a bridge",
        "dracula with a drop of blood",
    ],
)
def test_fairy_tales_and_hospitals_are_no_gore(prompt: str) -> None:
    assert verdict(prompt, FAMILY) == (Action.ALLOW, "")


def test_what_shall_not_be_there_is_no_gore() -> None:
    assert verdict("a knight", FAMILY, negative="gore, mutilated hands") == (Action.ALLOW, "")
