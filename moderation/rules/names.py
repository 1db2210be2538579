"""Rule "names": people and characters of the lists, and artists who asked to be left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from moderation.names.found import Found
from moderation.names.listing import Name, NameKind, shipped
from moderation.names.plain import is_meant
from moderation.names.register import Register
from moderation.policy import Listed, Policy
from moderation.reading import Reading, readings
from moderation.remembered import once
from moderation.said import Said
from moderation.told import Told
from moderation.verdict import Action, Verdict, most_severe


def of_prompt(said: Said, policy: Policy) -> Verdict:
    """Judge the names in what is wanted. Nobody is blamed for who shall not be in a picture."""
    if policy.names is Listed.OFF and policy.artists is Listed.OFF:
        return Verdict()
    told: dict[str, Verdict] = {}
    for found in _found_in(said, policy.names_added):
        name = found.name.name
        if name not in told and not policy.lets(name) and is_meant(found):
            told[name] = _of(found, policy)
    return most_severe(told.values())


def names_in(said: Said, added: Sequence[str] = ()) -> Iterator[Found]:
    """Give every name in what is wanted, of the shipped lists, the operator's and those `added`."""
    return filter(is_meant, _found_in(said, added))


def _found_in(said: Said, added: Sequence[str]) -> Iterator[Found]:
    """Give the same with names that are only the plain words that they are, too."""
    texts = _texts(said)
    for register in (_shipped(), *_own(added)):
        for reading in texts:
            yield from register.find(reading)
        for reading in said.deciphered:
            yield from register.spelled_out(reading)
        if said.beside:
            yield from register.across(texts[: 1 + len(said.beside)])


def look_also_for(own: Iterable[Name]) -> None:
    """Look in this process for the names of an operator, too, and no longer for those given before."""
    _OWN[:] = [Register(names)] if (names := tuple(own)) else []


_OWN: list[Register] = []


def _own(added: Sequence[str]) -> tuple[Register, ...]:
    return (*_OWN, _of_added(tuple(added))) if added else tuple(_OWN)


def canonical(said: str) -> str | None:
    """Give the name of the lists that is meant, as it stands there, or None."""
    name = listed_name(said)
    return None if name is None else name.name


def listed_name(said: str, added: Sequence[str] = ()) -> Name | None:
    """Give what the lists, and those `added`, have of the name that is meant, or None."""
    reading = Reading(said)
    found = (each for register in (_shipped(), *_own(added)) for each in register.find(reading))
    return next((each.name for each in found), None)


def as_listed(said: str) -> str:
    """Give a name as it stands on the lists if all of what is said is one, and otherwise as it is said."""
    reading = Reading(said)
    found = (each for register in (_shipped(), *_own(())) for each in register.find(reading))
    whole = (each.name.name for each in found if each.quote.casefold() == said.strip().casefold())
    return next(whole, said)


def names_own(passage: str, added: Sequence[str] = ()) -> bool:
    """Tell whether a passage names somebody whom an operator or moderators listed themselves."""
    reading = Reading(passage)
    return any(True for register in _own(added) for _ in register.find(reading))


def _texts(said: Said) -> tuple[Reading, ...]:
    """Give what is wanted, and all of it one after the other: a name may be spread over several texts."""
    if not said.beside:
        return said.written
    return (*readings(said.prompt, *said.beside, " ".join((said.prompt, *said.beside))), *said.written)


def _of(found: Found, policy: Policy) -> Verdict:
    name = found.name
    is_artist = name.kind is NameKind.ARTIST
    listed = policy.artists if is_artist else policy.names
    return Verdict.of(_ACTIONS[listed], "artists" if is_artist else "names", found.quote, _sentence(found))


_ACTIONS = {Listed.OFF: Action.ALLOW, Listed.WARN: Action.WARN, Listed.BLOCK: Action.BLOCK}


def _sentence(found: Found) -> Told:
    name = found.name
    if found.quote.casefold() == name.name.casefold():
        return Told(
            "“{matched}” is a name, and {against}. Please try it without the name, and say in your own words "
            "what the picture should show.",
            matched=found.quote,
            against=_AGAINST[name.kind],
        )
    return Told(
        "“{matched}” reads like {name}, and {against}. Please try it without the name, and say in your own "
        "words what the picture should show.",
        matched=found.quote,
        name=name.name,
        against=_AGAINST[name.kind],
    )


_AGAINST = {
    NameKind.PERSON: Told("pictures of people who are publicly known are against this channel's policy"),
    NameKind.CHARACTER: Told("pictures of known characters are against this channel's policy"),
    NameKind.ARTIST: Told("living artists on this server's list are not to be asked for by name here"),
}


@once
def _shipped() -> Register:
    return Register(shipped())


@lru_cache(maxsize=64)
def _of_added(added: tuple[str, ...]) -> Register:
    return Register(Name(name, (name,)) for name in added)
