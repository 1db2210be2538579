"""Rule "minors": no sexual content about minors, in any policy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from moderation.ages import find_age_under_18
from moderation.halves import apart_from, taken_out
from moderation.persons import is_worn_by_grown
from moderation.policy import Policy
from moderation.reading import Reading
from moderation.rules.nudity import surest_nudity
from moderation.rules.sexual import GARMENTS, SEXUAL, SEXUALISING, SUGGESTIVE, UNDRESSED
from moderation.said import Said
from moderation.seen import Seen
from moderation.sense import Senses, innocent
from moderation.told import Told
from moderation.verdict import Action, Verdict

_MINORS = Senses("minors")
_GROWN = Senses("grown")
_ADULTS = Senses("adults")


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Block sexual or suggestive words beside minors, and sexual ones that steer away from adults.

    Both may stand anywhere in what is said: in the prompt, the words of a mask, names of add-ons. Clothes
    count where no grown person is nearer to them.
    """
    found = _sexual_about_minors(said)
    if found is None:
        return Verdict()
    sexual, minors = found
    return Verdict.of(
        Action.BLOCK,
        "minors",
        minors,
        Told(
            "Sexual content about minors is refused in every channel, and “{sexual}” together with "
            "“{minors}” reads like it. This can be a mistake, and nobody is accused of anything: please "
            "leave out one of the two, or ask the moderators to look at it.",
            sexual=sexual,
            minors=minors,
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


def _sexual_about_minors(said: Said) -> tuple[str, str] | None:
    """Give the sexual word, and the word for minors or the one for adults that it steers away from."""
    asked = chain(SEXUAL.all_of(said.wanted), UNDRESSED.all_of(said.wanted))
    sexual = next(apart_from([_MINORS], asked), None)
    said_of = sexual.quote if sexual else _suggestive(said.wanted)
    if said_of is None:
        return None
    if minors := _names_minors(said.wanted):
        return said_of, minors
    adults = _steers_away_from(said) if sexual else None
    return (said_of, adults) if adults else None


def _suggestive(wanted: Sequence[Reading]) -> str | None:
    """Give what makes a prompt about minors a sexual one without being sexual by itself."""
    for suggestive in apart_from([_MINORS], SUGGESTIVE.all_of(wanted)):
        return suggestive.quote
    worn = apart_from([_MINORS], GARMENTS.all_of(wanted))
    return next((each.quote for each in worn if not is_worn_by_grown(each, _MINORS, _GROWN)), None)


def _names_minors(wanted: Sequence[Reading]) -> str | None:
    for minors in apart_from(SEXUALISING, _MINORS.all_of(wanted)):
        return minors.quote
    return find_age_under_18(taken_out(SEXUAL, innocent().taken_out(wanted)))


def _steers_away_from(said: Said) -> str | None:
    """Give the word for adults in what is not wanted.

    Where grown people are wanted by name, one such word says nothing ("adult" stands in many a list of what
    is never wanted), but two do.
    """
    unwanted = [match.quote for reading in said.unwanted for match in _ADULTS.matches(reading)]
    if not unwanted:
        return None
    grown = {match.quote for reading in said.wanted for match in _GROWN.matches(reading)}
    return unwanted[0] if len(set(unwanted)) > bool(grown.difference(unwanted)) else None
