"""The words that members make and bring: how they may be called, and under which licence."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

from moderation.judge import judge_prompt
from moderation.names.listing import common_words
from moderation.policy import SFW, Listed
from moderation.scripts import MARKS
from moderation.told import Told

SHORTEST, LONGEST = 2, 32
"""Characters of a name."""
MOST_ABOUT = 300
"""Characters of a description."""
_FORM = re.compile(rf"[\w-][\w{MARKS}-]*")
_OF_THE_LANGUAGE = {"and", "break", "lora", "embedding"}
_PROMPT_WORDS = Path(__file__).with_name("prompt_words.txt")
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

    It consists of letters, digits, `-` and `_`, with a letter among them, and means nothing that the rules
    about names and about sex refuse. What is a word of the language would mean something else in everybody's
    prompts, unless it `may_shadow` that word.
    """
    name = unicodedata.normalize("NFC", asked.strip())
    if not SHORTEST <= len(name) <= LONGEST or not _FORM.fullmatch(name) or not re.search(r"[^\W\d_]", name):
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
    words = re.sub(r"[-_\d]+", " ", name)
    for said in (name, words, f"a picture of {words}"):
        verdict = judge_prompt(said, "", _STRICT)
        if verdict.blocked:
            raise NotAName(Told("An embedding cannot be called {name}: please find another name.", name=name))
    if not may_shadow and (name.casefold() in _prompt_words() or name.casefold() in common_words()):
        raise NotAName(
            Told(
                "{name} is a word that prompts use already: please choose another name.",
                name=name,
            )
        )
    return name


@cache
def _prompt_words() -> frozenset[str]:
    """Give the words that prompts are written with and that are not among the common ones."""
    lines = _PROMPT_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split()) | (
        _OF_THE_LANGUAGE
    )
