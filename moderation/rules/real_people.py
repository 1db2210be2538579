"""Rule "real people": no sexualised real people, in any policy."""

from __future__ import annotations

from moderation.names.listing import NameKind
from moderation.policy import Policy
from moderation.rules.names import names_in
from moderation.rules.nudity import surest_nudity
from moderation.rules.sexual import SEXUAL, SUGGESTIVE
from moderation.said import Said
from moderation.seen import Seen
from moderation.told import Told
from moderation.verdict import Action, Verdict


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Block the name of a real person beside sexual or suggestive words, wherever in what is said they stand.

    Who allows a channel to use a name allows no such pictures. Artists are named for their style.
    """
    sexual = SEXUAL.find(said.wanted) or SUGGESTIVE.find(said.wanted)
    person = _person_in(said, policy) if sexual else None
    if sexual is None or person is None:
        return Verdict()
    return Verdict.of(
        Action.BLOCK,
        "real people",
        person,
        Told(
            "Sexualised pictures of real people are refused in every channel, and “{sexual}” together with "
            "“{person}” reads like one. This can be a mistake, and nobody is accused of anything: please "
            "leave out one of the two, or ask the moderators to look at it.",
            sexual=sexual.quote,
            person=person,
        ),
    )


def of_picture(seen: Seen, policy: Policy) -> Verdict:
    """Block nudity in a picture whose prompt names a real person."""
    label = surest_nudity(seen.findings)
    if label is None or _person_in(seen.said, policy) is None:
        return Verdict()
    return Verdict.of(
        Action.BLOCK,
        "real people",
        label,
        Told(
            "The prompt names a real person and the picture seems to have come out with nudity, so it is not "
            "shown. Nothing is held against you; please try another seed."
        ),
    )


def _person_in(said: Said, policy: Policy) -> str | None:
    """Give the name of a real person as it was written, or None."""
    people = (found for found in names_in(said, policy.names_added) if found.name.kind is NameKind.PERSON)
    return next((found.quote for found in people), None)
