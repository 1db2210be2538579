"""Policies in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.channels import Standing
from bot.language import ENGLISH
from bot.policies import MEANS, described, past_words, standing_words
from moderation.policy import FAMILY, NSFW, SFW, Policy, Preset
from storage.records.policies import Change, Held, PastChange

HERE, SERVER, MODERATOR = 7, 700, 9
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_preset_is_said_in_one_line_and_each_difference_in_another() -> None:
    for preset in Preset:
        assert described(ENGLISH, Policy(preset=preset)) == f"**{preset}**: {MEANS[preset]}"
    policy = Policy.model_validate({"preset": "sfw", "gore": "allow", "add_ons": False, "roles": [5, 6]})
    assert described(ENGLISH, policy).splitlines() == [
        f"**sfw**, with changes: {MEANS['sfw']}",
        "- gore: allowed",
        "- no LoRAs and no embeddings",
        "- only for <@&5>, <@&6>",
    ]


def test_whose_policy_it_is() -> None:
    for held, said in (
        (Held(), "Nobody set a policy here"),
        (Held(FAMILY, HERE, 3), "This is its own policy (change 3)"),
        (Held(FAMILY, 70, 3), "This comes from <#70> (change 3)"),
        (Held(FAMILY, SERVER, 3), "This comes from the server (change 3)"),
    ):
        assert said in standing_words(ENGLISH, Standing(held.policy or SFW, held, False), HERE, SERVER)


@pytest.mark.parametrize(
    ("marked", "why"),
    [(False, "does not mark"), (True, "has to open <#7> again with `/policy set`")],
)
def test_why_a_channel_is_closed(marked: bool, why: str) -> None:
    standing = Standing(SFW, Held(NSFW, HERE, 3, closed=marked), marked, marked_id=HERE)
    said = standing_words(ENGLISH, standing, HERE, SERVER)
    assert "The policy that was set is **nsfw**" in said
    assert why in said


@pytest.mark.parametrize(
    ("change", "policy", "member_id", "said"),
    [
        (Change.SET, NSFW, MODERATOR, "<@9> set **nsfw** for <#7>"),
        (Change.SET, None, MODERATOR, "<@9> set what cannot be read any more for <#7>"),
        (Change.CLEARED, None, MODERATOR, "<@9> let <#7> inherit"),
        (Change.CLOSED, None, None, "Discord's age restriction changed, and closed <#7>"),
        (Change.REOPENED, None, MODERATOR, "<@9> opened <#7> again"),
    ],
)
def test_a_change_is_one_line(
    change: Change, policy: Policy | None, member_id: int | None, said: str
) -> None:
    line = past_words(ENGLISH, PastChange(12, HERE, change, policy, member_id, NOON), SERVER)
    assert line.startswith("12. <t:")
    assert line.endswith(said)
