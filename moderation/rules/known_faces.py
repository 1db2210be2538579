"""Rule "known faces": pictures in which somebody of the gallery is recognised, whether named or not."""

from __future__ import annotations

from moderation.policy import Listed, Policy
from moderation.seen import Seen
from moderation.told import Told
from moderation.verdict import Action, Verdict

RULE = "known faces"


def of_picture(seen: Seen, policy: Policy) -> Verdict:
    """Judge a known face as a name is judged: what the policy says of names holds for faces."""
    known = next((face for face in seen.known if not policy.lets(face.name)), None)
    if known is None:
        return Verdict()
    return Verdict.of(
        _ACTIONS[policy.names],
        RULE,
        known.name,
        Told(
            "This picture seems to show {name}, and pictures of known people and characters are against this "
            "channel's policy. Nothing is held against you; please try another seed, or other words.",
            name=known.name,
        ),
    )


_ACTIONS = {Listed.OFF: Action.ALLOW, Listed.WARN: Action.WARN, Listed.BLOCK: Action.BLOCK}
