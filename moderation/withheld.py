"""What is kept back of what was rendered, and whether a person may decide otherwise about it."""

from __future__ import annotations

from collections.abc import Collection

from moderation.verdict import Verdict

_APPEALABLE = frozenset({"nudity", "anatomy", "known faces", "sexual", "names", "artists"})
"""The rules about which a moderator's eyes know better than a detector's.

The floor is none of them, nor is a picture at which no trusted detector looked, nor one with more writing
than is read.
"""
_FOR_ADULTS = frozenset({"nudity", "sexual"})


def may_be_appealed(verdict: Verdict, sources: Collection[str] = ()) -> bool:
    """Say whether a person may decide about a picture that was kept back, judged by all rules.

    Nudity in what began with another picture, one of the `sources`, may not be appealed: who is in that one
    is not known, and sexualised real people are refused whoever approves of them.
    """
    rules = {reason.rule for reason in verdict.reasons}
    return verdict.blocked and rules <= _APPEALABLE and not (sources and "nudity" in rules)


def is_for_adults(verdict: Verdict) -> bool:
    """Say whether a picture is shown only where Discord's age restriction is, even to moderators."""
    return any(reason.rule in _FOR_ADULTS for reason in verdict.reasons)
