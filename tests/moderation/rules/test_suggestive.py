from __future__ import annotations

import pytest

from moderation.policy import FAMILY, NSFW, SFW
from moderation.verdict import Action
from tests.moderation.support import verdict


@pytest.mark.parametrize("prompt", ["a woman in a bikini", "lingerie on a chair", "eine Frau in Reizwäsche"])
def test_families_do_not_see_what_other_channels_may(prompt: str) -> None:
    assert verdict(prompt, FAMILY) == (Action.BLOCK, "suggestive")
    assert verdict(prompt, SFW) == verdict(prompt, NSFW) == (Action.ALLOW, "")


def test_what_families_may_ask_for() -> None:
    for prompt in ("a family at the beach", "a dog under a tree", "a ballet dancer"):
        assert verdict(prompt, FAMILY) == (Action.ALLOW, "")
