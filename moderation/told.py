"""What people are told: an English sentence that remembers how it was made, to be said in other languages.

It is written in English where the fact is known, and it is a string: whoever speaks English shows it as it
is. Whoever does not looks up its template, as with gettext, and says that with its fields.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, TypeAlias

from pydantic import ValidatorFunctionWrapHandler, WrapValidator

Field: TypeAlias = str | int | float
"""What a sentence tells of: a number, people's words, or a part of the sentence that is `Told` itself."""

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Spelling(string.Formatter):
    """Fields as English writes them.

    Beside Python's formats there are `ordinal` and, up to ten, `word`; `{jobs:job waits|jobs wait}` gives the
    words that go with one, or with any other number.
    """

    singular: frozenset[int] = frozenset({1})

    def filled(self, template: str, fields: Mapping[str, Field]) -> str:
        """Fill in a template."""
        return self.vformat(template, (), fields)

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one field."""
        if "|" in format_spec:
            one, others = format_spec.split("|")
            return one if value in self.singular else others
        match format_spec:
            case "ordinal":
                return ordinal(value)
            case "word":
                return _NUMBERS[value] if value < len(_NUMBERS) else str(value)
        return str(super().format_field(value, format_spec))


class Told(str):
    """A sentence in English, the template that it was made from, and the fields that the template names."""

    template: str
    fields: Mapping[str, Field]

    def __new__(cls, template: str, /, **fields: Field) -> Told:
        """Fill in the template, which is a literal wherever this is called: translations go by it."""
        fill = str.format_map if _is_simple(template) else _SPELLING.filled
        return cls.remembered(fill(template, fields), template, fields)

    @classmethod
    def remembered(cls, english: str, template: str, fields: Mapping[str, Field]) -> Told:
        """Take a sentence as it was once made; a template from elsewhere is not filled in again."""
        sentence = super().__new__(cls, english)
        sentence.template, sentence.fields = template, dict(fields)
        return sentence

    def but(self, **changed: Field) -> Told:
        """Give the same sentence with other fields."""
        return Told(self.template, **{**self.fields, **changed})


_SPELLING = Spelling()
_FORMATTED = re.compile(r"\{\w*[^\w}]")


@lru_cache(maxsize=1 << 12)
def _is_simple(template: str) -> bool:
    """Say whether fields stand in a template as they are, which Python fills in ten times as fast."""
    return _FORMATTED.search(template) is None


def ordinal(place: int) -> str:
    """Write a place as `1st`, `2nd`, `3rd`, `4th` ..."""
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def told_of(error: BaseException) -> str:
    """Give the sentence that an error was raised with, as `Told` if it was."""
    (said,) = error.args[:1] or ("",)
    return said if isinstance(said, str) else str(error)


def _as_told(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, Told) else read(value)


Sentence = Annotated[str, WrapValidator(_as_told)]
"""The type of a value's field that holds a sentence: `Told` stays `Told`, which pydantic's `str` does not."""
