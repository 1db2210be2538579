"""Rule "minors": no sexual content about minors, in any policy."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.ages import find_age_under_18
from moderation.lexicon import Lexicon, terms
from moderation.policy import Policy
from moderation.reading import Reading
from moderation.rules.nudity import surest_nudity
from moderation.rules.sexual import INNOCENT, SEXUAL, SUGGESTIVE
from moderation.said import Said
from moderation.seen import Seen
from moderation.told import Told
from moderation.verdict import Action, Verdict

_MINORS = Lexicon(terms("minors"), INNOCENT)
_ADULTS = Lexicon(terms("adults"), INNOCENT)


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Block sexual or suggestive words with minors, and sexual ones that steer away from adults."""
    matched = _sexual_about_minors(said)
    if matched is None:
        return Verdict()
    return Verdict.of(
        Action.BLOCK,
        "minors",
        matched,
        Told(
            "Sexual content about minors is refused in every channel, and this prompt reads like it because "
            "of “{matched}”. If that is not what you meant, leave out that or the sexual words.",
            matched=matched,
        ),
    )


def of_picture(seen: Seen, policy: Policy) -> Verdict:
    """Block nudity in a picture whose prompt names minors."""
    label = surest_nudity(seen.findings)
    if label is None or not _names_minors(seen.said.wanted):
        return Verdict()
    return Verdict.of(
        Action.BLOCK,
        "minors",
        label,
        Told(
            "The prompt names minors and the picture seems to have come out with nudity, so it is not shown. "
            "Nothing is held against you; please try another seed."
        ),
    )


def _sexual_about_minors(said: Said) -> str | None:
    """Give the word for minors in a sexual prompt, or the word for adults that it steers away from."""
    sexual = SEXUAL.find(said.wanted)
    if (sexual or SUGGESTIVE.find(said.wanted)) and (minors := _names_minors(said.wanted)):
        return minors
    adults = _ADULTS.find(said.unwanted) if sexual else None
    return adults.quote if adults else None


def _names_minors(wanted: Sequence[Reading]) -> str | None:
    minors = _MINORS.find(wanted)
    return minors.quote if minors else find_age_under_18(INNOCENT.taken_out(wanted))
