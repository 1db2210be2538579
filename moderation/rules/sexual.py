"""Rule "sexual": prompts that ask for nudity or sex."""

from __future__ import annotations

from moderation.policy import Policy
from moderation.said import Said
from moderation.sense import Senses
from moderation.told import Told
from moderation.undress import BARE, DOFFING, Undress
from moderation.verdict import Verdict

SEXUAL = Senses("sexual")
SUGGESTIVE, GARMENTS = Senses("suggestive"), Senses("garments")
"""Words that are not sexual by themselves, but become so in a prompt about minors or real people."""
UNDRESSED, UNDRESSING = Undress(BARE), Undress(DOFFING)
"""What several words say together: that somebody has nothing on, or has just put it off."""
SEXUALISING = (SEXUAL, SUGGESTIVE, GARMENTS, UNDRESSED)


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Judge what is wanted under the policy. Nobody is blamed for what a picture shall not show."""
    wanted = said.wanted
    matched = SEXUAL.find(wanted) or UNDRESSED.find(wanted) or UNDRESSING.find(wanted)
    if matched is None:
        return Verdict()
    return Verdict.of(
        policy.sexual_prompts,
        "sexual",
        matched.quote,
        Told(
            "“{matched}” reads like nudity or sex, and asking for those is against this channel's policy. "
            "Please ask for something else, or ask in a channel that is opened for it.",
            matched=matched.quote,
        ),
    )
