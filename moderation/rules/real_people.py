"""Rule "real people": no sexualised real people, in any policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from moderation.halves import apart_from, is_part
from moderation.lexicon import Match
from moderation.names.found import Found
from moderation.names.listing import NameKind
from moderation.policy import Policy
from moderation.rules.names import names_in
from moderation.rules.nudity import surest_nudity
from moderation.rules.sexual import SEXUALISING
from moderation.said import Said
from moderation.seen import Seen
from moderation.signs import Sign
from moderation.told import Told
from moderation.verdict import Action, Verdict


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Block the name of a real person beside sexual or suggestive words, wherever in what is said they stand.

    Who allows a channel to use a name allows no such pictures. Artists are named for their style.
    """
    sexual = [word for senses in SEXUALISING for word in senses.all_of(said.wanted)]
    people = list(_people_in(said, policy)) if sexual else []
    word = next((each for each in sexual if not _is_of_a_name(each, people)), None)
    if word is None or not people:
        return Verdict()
    person = people[0].quote
    return Verdict.of(
        Action.BLOCK,
        "real people",
        person,
        Told(
            "Sexualised pictures of real people are refused in every channel, and “{sexual}” together with "
            "“{person}” reads like one. This can be a mistake, and nobody is accused of anything: please "
            "leave out one of the two, or ask the moderators to look at it.",
            sexual=word.quote,
            person=person,
        ),
    )


def of_somebody(said: Said) -> Verdict:
    """Block sexual or suggestive words beside a picture of somebody's face, whoever it is."""
    word = next((word for senses in SEXUALISING for word in senses.all_of(said.wanted)), None)
    if word is None:
        return Verdict()
    return Verdict.of(
        Action.BLOCK,
        "real people",
        word.quote,
        Told(
            "Sexualised pictures of real people are refused in every channel. A picture that you begin with, "
            "or that a word was trained on, seems to show somebody's face, and “{sexual}” beside it reads "
            "like one. This can be a mistake, and nobody is accused of anything: please leave that out, or "
            "begin without a face.",
            sexual=word.quote,
        ),
    )


def of_picture(seen: Seen, policy: Policy) -> Verdict:
    """Block nudity in what names or shows a real person: by name, by a known face, or by where it began."""
    if seen.known and (verdict := _of_known(seen)).blocked:
        return verdict
    label = surest_nudity(seen.findings)
    if label is not None and seen.of_somebody:
        return Verdict.of(
            Action.BLOCK,
            "real people",
            label,
            Told(
                "This goes back to a picture of somebody's face and seems to have come out with nudity, so "
                "it is shown in no channel. Nothing is held against you; please try another seed."
            ),
        )
    if label is None or next(_people_in(seen.said, policy), None) is None:
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


def _of_known(seen: Seen) -> Verdict:
    """Block a known face beside nudity, or beside sexual words; who allows a name allows no such pictures."""
    is_sexual = any(senses.find(seen.said.wanted) for senses in SEXUALISING)
    if surest_nudity(seen.findings) is None and not is_sexual:
        return Verdict()
    return Verdict.of(
        Action.BLOCK,
        "real people",
        seen.known[0].name,
        Told(
            "Sexualised pictures of known people are refused in every channel, and this one seems to show "
            "{name}. This can be a mistake, and nobody is accused of anything: please try another seed, or "
            "ask the moderators to look at it.",
            name=seen.known[0].name,
        ),
    )


def _people_in(said: Said, policy: Policy) -> Iterator[Found]:
    """Give the names of real people, but for what is only a part of a sexual word."""
    people = (found for found in names_in(said, policy.names_added) if found.name.kind is NameKind.PERSON)
    return apart_from(SEXUALISING, people)


def _is_of_a_name(word: Match | Sign, people: Iterable[Found]) -> bool:
    """Say whether a word is only a part of a name, as one is of `Anushka Sharma`."""
    return any(
        person.reading.text == word.reading.text and is_part(word.span, person.span) for person in people
    )
