"""Rule "suggestive": prompts that ask for what is not sexual by itself, such as underwear."""

from __future__ import annotations

from moderation.policy import Policy
from moderation.rules.sexual import SUGGESTIVE
from moderation.said import Said
from moderation.verdict import Verdict, quoted


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Judge what is wanted under the policy."""
    matched = SUGGESTIVE.find(said.wanted)
    if matched is None:
        return Verdict()
    return Verdict.of(
        policy.suggestive_prompts,
        "suggestive",
        matched.quote,
        f"This channel is for families, and {quoted(matched.quote)} reads as if it were not. Please leave "
        "it out, or ask in another channel.",
    )
