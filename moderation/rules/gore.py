"""Rule "gore": prompts that ask for mutilated bodies."""

from __future__ import annotations

from moderation.lexicon import listed
from moderation.policy import Policy
from moderation.said import Said
from moderation.told import Told
from moderation.verdict import Verdict


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Judge what is wanted under the policy."""
    matched = listed("gore").find(said.wanted)
    if matched is None:
        return Verdict()
    return Verdict.of(
        policy.gore,
        "gore",
        matched.quote,
        Told(
            "“{matched}” asks for mutilated bodies, and those are against this channel's policy. Please ask "
            "for something else.",
            matched=matched.quote,
        ),
    )
