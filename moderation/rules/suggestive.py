"""Rule "suggestive": prompts that ask for what is not sexual by itself, such as underwear."""

from __future__ import annotations

from moderation.policy import Policy
from moderation.rules.sexual import GARMENTS, SUGGESTIVE
from moderation.said import Said
from moderation.told import Told
from moderation.verdict import Action, Verdict


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Judge what is wanted under the policy."""
    allowed = policy.suggestive_prompts is Action.ALLOW
    matched = None if allowed else SUGGESTIVE.find(said.wanted) or GARMENTS.find(said.wanted)
    if matched is None:
        return Verdict()
    return Verdict.of(
        policy.suggestive_prompts,
        "suggestive",
        matched.quote,
        Told(
            "This channel is for families, and “{matched}” reads as if it were not. Please leave it out, or "
            "ask in another channel.",
            matched=matched.quote,
        ),
    )
