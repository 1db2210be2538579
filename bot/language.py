"""The languages in which members are told things, and which of them is spoken where.

A language is a folder of TOML files in `sentences/`: the English template of a sentence, as the code has it,
and its translation, in which `{jobs:Job|Jobs}` chooses by number. Where more depends on a field, it is a
table named after the field: by the field's value, or for a number by `one` and `other`. What a language lacks
stays English.

gettext and Fluent do the same, with compiled files or a second copy of the English sentences, and for plurals
as involved as those of Polish; the languages here have two forms at most, and a table says which.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import discord
from discord import Locale

from moderation.told import Field, Spelling, Told

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "sentences"

Entry: TypeAlias = str | Mapping[str, Mapping[str, Any]]
"""A translation, or the name of a field and for each of its values another entry."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How numbers are written: the decimal sign, the sign between thousands, places, and what is singular."""

    decimal: str = "."
    thousands: str = ","
    place: str = "{}"
    first: str | None = None
    singular: frozenset[int] = frozenset({1})


class _Spelling(Spelling):
    def __init__(self, numbers: Numbers) -> None:
        self._numbers, self.singular = numbers, numbers.singular
        self._signs = str.maketrans({".": numbers.decimal, ",": numbers.thousands})

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "ordinal":
            first = self._numbers.first if value == 1 else None
            return first or self._numbers.place.format(value)
        if format_spec == "word":
            return str(value)
        if "|" in format_spec:
            return super().format_field(value, format_spec)
        written = super().format_field(value, format_spec)
        return written if isinstance(value, str) else written.translate(self._signs)


@dataclass(frozen=True)
class Language:
    """One language; English has no translations."""

    code: str
    numbers: Numbers = field(default_factory=Numbers)
    sentences: Mapping[str, Entry] = field(default_factory=dict, repr=False)

    def say(self, template: str, /, **fields: Field) -> str:
        """Say a sentence; `template` is a literal in English."""
        return self.of(Told(template, **fields))

    def of(self, said: str) -> str:
        """Say what was told somewhere, be it a mere string: it may be a sentence without fields."""
        template, fields = (said.template, said.fields) if isinstance(said, Told) else (said, {})
        entry = self.sentences.get(template)
        if entry is None:
            return str(said)
        spoken = {
            name: self.of(value) if isinstance(value, Told) else value for name, value in fields.items()
        }
        try:
            return _Spelling(self.numbers).vformat(self._chosen(entry, fields), (), spoken)
        except (LookupError, ValueError, TypeError) as error:
            # What travelled may have the fields of another version.
            log.warning("a sentence cannot be said in %s: %r in %.100s", self.code, error, template)
            return str(said)

    def listed(self, names: Sequence[str]) -> str:
        """Join names as people do: all of them with "and"."""
        first, *others = map(self.of, names)
        for other in others:
            first = self.say("{these} and {other}", these=first, other=other)
        return first

    def _chosen(self, entry: Entry, fields: Mapping[str, Field]) -> str:
        while not isinstance(entry, str):
            ((name, cases),) = entry.items()
            value = fields[name]
            case = str(value) if isinstance(value, str) else self._number(value)
            entry = cases[case] if case in cases else cases["other"]
        return entry

    def _number(self, value: float) -> str:
        return "one" if value in self.numbers.singular else "other"


def _read(code: str, numbers: Numbers) -> Language:
    sentences: dict[str, Entry] = {}
    for file in sorted((FOLDER / code).glob("*.toml")):
        sentences |= tomllib.loads(file.read_text(encoding="utf-8"))
    return Language(code, numbers, sentences)


ENGLISH = Language("en")
_GERMAN = _read("de", Numbers(decimal=",", thousands=".", place="{}."))
_FRENCH = _read(
    "fr", Numbers(decimal=",", thousands="\u202f", place="{}e", first="1er", singular=frozenset({0, 1}))
)
_SPANISH = _read("es", Numbers(decimal=",", thousands="\u202f", place="{}.º"))
_JAPANESE = _read("ja", Numbers(place="{}番目"))

LANGUAGES: Mapping[Locale, Language] = {
    Locale.german: _GERMAN,
    Locale.french: _FRENCH,
    Locale.spain_spanish: _SPANISH,
    Locale.latin_american_spanish: _SPANISH,
    Locale.japanese: _JAPANESE,
}
"""The language for each of Discord's that is not told in English."""
_BY_CODE = {language.code: language for language in (ENGLISH, *LANGUAGES.values())}


def is_ours(sentence: str) -> bool:
    """Say whether that is a sentence of the house, which quotes nobody."""
    return sentence in _GERMAN.sentences


def private(interaction: discord.Interaction[Any]) -> Language:
    """Give the language of the member, for answers and forms that nobody else sees."""
    return LANGUAGES.get(interaction.locale, ENGLISH)


def public(interaction: discord.Interaction[Any]) -> Language:
    """Give the language of the server, for what everybody sees; in direct messages it is the member's."""
    return LANGUAGES.get(interaction.guild_locale or interaction.locale, ENGLISH)


def of_server(guild: discord.Guild) -> Language:
    """Give the language of a server, for what nobody asked for."""
    return LANGUAGES.get(guild.preferred_locale, ENGLISH)


def language_called(code: str | None) -> Language:
    """Give the language of that code; what is not known, or was not recorded, is English."""
    return _BY_CODE.get(code or "", ENGLISH)
