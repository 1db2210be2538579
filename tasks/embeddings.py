"""The words that members make and bring: how they may be called, and under which licence."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

from moderation.judge import judge_prompt
from moderation.names.listing import common_words
from moderation.normalise import normalise
from moderation.policy import SFW, Listed
from moderation.scripts import MARKS
from moderation.told import Told

SHORTEST, LONGEST = 2, 32
"""Characters of a name."""
MOST_ABOUT = 300
"""Characters of a description."""
_FORM = re.compile(rf"[\w-][\w{MARKS}-]*")
_STRUCK = re.compile("[\u0334-\u0338\u20d0-\u20ff]|[\u0300-\u036f]{2}")
"""What letters are struck out with, or heaped up."""
_ALIKE = {"LATIN", "CYRILLIC", "GREEK"}
_OF_THE_LANGUAGE = {"and", "break", "lora", "embedding"}
_WORD_LISTS = [Path(__file__).with_name(name) for name in ("prompt_words.txt", "everyday_words.txt")]
_STRICT = SFW.model_copy(update={"names": Listed.BLOCK, "artists": Listed.BLOCK})


class NotAName(ValueError):
    """An embedding may not be called so; the message is a sentence."""


class Licence(StrEnum):
    """What others may do with an embedding."""

    CC0 = "CC0-1.0"
    BY = "CC-BY-4.0"
    BY_SA = "CC-BY-SA-4.0"
    BY_NC = "CC-BY-NC-4.0"
    HERE = "this server only"


def checked_name(asked: str, *, may_shadow: bool = False) -> str:
    """Give the name of an embedding as it is written from now on. Raises NotAName.

    It means nothing that the rules about names and about sex refuse. What is a word of the language would
    mean something else in everybody's prompts, unless it `may_shadow` that word.
    """
    name = unicodedata.normalize("NFKC", asked.strip())
    _refuse_form(name)
    words = re.sub(r"[-_\d]+", " ", name)
    for said in (name, words, f"a picture of {words}"):
        verdict = judge_prompt(said, "", _STRICT)
        # AND alone is an empty prompt, and may be a name.
        if verdict.blocked and verdict.reasons[0].rule != "malformed":
            raise NotAName(Told("An embedding cannot be called {name}: please find another name.", name=name))
    if not may_shadow and {name.casefold(), normalise(name)} & _taken_words():
        raise NotAName(
            Told("{name} is a word that prompts use already: please choose another name.", name=name)
        )
    return name


def _refuse_form(name: str) -> None:
    """Raise NotAName for what consists of other than letters, digits, `-` and `_`, or looks like another."""
    is_formed = _FORM.fullmatch(name) and re.search(r"[^\W\d_]", name) and not _STRUCK.search(name)
    if not SHORTEST <= len(name) <= LONGEST or not is_formed:
        raise NotAName(
            Told(
                "{name} is no name for an embedding: it takes {least} to {most} letters, digits, - and _, "
                "with a letter among them.",
                name=name[:LONGEST] or "-",
                least=SHORTEST,
                most=LONGEST,
            )
        )
    if "__" in name:
        raise NotAName(
            Told(
                "{name} is no name for an embedding: two underscores side by side belong to wildcards.",
                name=name,
            )
        )
    if len(_alphabets_of(name)) > 1:
        raise NotAName(
            Told(
                "{name} is no name for an embedding: it mixes alphabets whose letters look alike.", name=name
            )
        )


def _alphabets_of(name: str) -> set[str]:
    """Give those of its alphabets in which some letters look like those of another."""
    return {unicodedata.name(letter, "").split(" ", 1)[0] for letter in name} & _ALIKE


@cache
def _taken_words() -> frozenset[str]:
    """Give the words that prompts are written with, with and without their accents."""
    lines = [line for each in _WORD_LISTS for line in each.read_text(encoding="utf-8").splitlines()]
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    return frozenset([*words, *map(normalise, words), *common_words(), *_OF_THE_LANGUAGE])
