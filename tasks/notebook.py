"""A member's own lexicon: phrases, styles and wildcards, and where a text names them.

`$name` stands for a phrase or a style, and `__name__` takes one of a wildcard's options. A style has a place
for the rest of the prompt, `{prompt}`; without one it follows the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from moderation.prompt_form import PROMPT_LIMIT, malformed
from moderation.scripts import MARKS
from moderation.told import Told
from storage.values import Travelling

MOST_OPTIONS = 2000
"""Options of a wildcard."""
PLACE = "{prompt}"
LONGEST_NAME = 48
"""Letters of a name."""
_REST = rf"[\w{MARKS}/-]"
_NAME = re.compile(rf"[^\W_]{_REST}{{0,{LONGEST_NAME - 1}}}")
_SIGN = re.compile(rf"(?<!\\)(?:[$＄﹩](?P<name>[^\W_]{_REST}*)|[_＿]{{2}}(?=[^\s_＿]))")
"""What begins a name. Keyboards for Japanese write the signs as wide as other letters."""
_INNER = re.compile(rf"[^$＄﹩,，、;(){{}}<>\n]{{1,{LONGEST_NAME}}}")
"""What may stand between the underscores of something that is meant for a wildcard."""
_CLOSING = re.compile(r"(?<=\S)(?=[_＿]{2})")
_UNSPACED = re.compile(
    "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u30ff\u3100-\u318f\u31f0-\u31ff\u3400-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff]"
)
"""Letters that no space need part from the next word: those of Thai, Japanese and Chinese, for some.

Korean has spaces, but its particles stand at the words that they belong to.
"""
_IN_WORD = re.compile(rf"[^\W_]|[{MARKS}$＄﹩]")
"""What a sign stands in a word behind."""
_TAG = re.compile(r"<[^<>]*>")
"""The name of a LoRA or an embedding, in which underscores and dollars may stand."""
Text = Annotated[str, StringConstraints(max_length=PROMPT_LIMIT)]


class NotebookError(ValueError):
    """An entry, or a prompt that names one, makes no sense; the message is a sentence."""


class Kind(StrEnum):
    """What an entry is."""

    PHRASE = "phrase"
    STYLE = "style"
    WILDCARD = "wildcard"


class Entry(Travelling):
    """An entry. `text` is a phrase's or a style's, `options` are a wildcard's.

    A style may have a `negative` prompt, and say how it is drawn, in the words of `/imagine`'s options.
    """

    kind: Kind
    name: str
    text: Text = ""
    negative: Text = ""
    options: Annotated[tuple[Text, ...], Field(max_length=MOST_OPTIONS)] = ()
    size: str | None = None
    quality: str | None = None
    imagination: str | None = None

    @property
    def sign(self) -> str:
        """Give what names the entry in a prompt."""
        return f"__{self.name}__" if self.kind is Kind.WILDCARD else f"${self.name}"

    @property
    def texts(self) -> tuple[str, ...]:
        """List all that it can put into a prompt."""
        return tuple(filter(None, (self.text, self.negative, *self.options)))


Lexicon = Mapping[str, Entry]
"""Entries by the keys of their names."""


class Sign(NamedTuple):
    """Where a text names an entry: `[start:end]` of it. None where nothing is called so.

    `meant` is then an entry of that name whose sign is another one, if there is any.
    """

    start: int
    end: int
    entry: Entry | None
    meant: Entry | None = None


def key(name: str) -> str:
    """Give a name as it is looked up: in lower case, and in signs of the usual width."""
    return unicodedata.normalize("NFKC", name).casefold()


def composed(text: str) -> str:
    """Write letters with their marks as one character each: files of a Mac have them apart."""
    return unicodedata.normalize("NFC", text)


def named(entry: Entry) -> Entry:
    """Give an entry, its name and texts checked. Raises NotebookError."""
    entry = entry.model_copy(update={"name": unicodedata.normalize("NFKC", entry.name)})
    if not _NAME.fullmatch(entry.name):
        raise NotebookError(
            Told(
                "{name} is no name for an entry: it takes up to 48 letters, digits, - and _.",
                name=entry.name[:48] or "-",
            )
        )
    if not entry.texts:
        raise NotebookError(Told("The entry {name} is empty: please give it some words.", name=entry.name))
    for text in entry.texts:
        if reason := malformed(text.replace(PLACE, "x"), Told("entry")):
            raise NotebookError(reason.explanation)
    itself = {key(entry.name): entry}
    if any(sign.entry or sign.meant for text in entry.texts for sign in signs_in(composed(text), itself)):
        raise NotebookError(endless(entry.name))
    return entry


def endless(name: str) -> Told:
    """Say that an entry names itself."""
    return Told("The entry {name} names itself, so it would never end: please leave that out.", name=name)


def names_any(*texts: str) -> bool:
    """Say whether one of the texts may name an entry."""
    return any(_SIGN.search(text) for text in texts)


def signs_in(text: str, lexicon: Lexicon) -> Iterator[Sign]:
    """List what names entries in a text, and what looks so and is called nothing.

    Signs stand anywhere: `__animal__s` are several, and scripts without spaces have letters on both sides. Of
    two entries that may be meant it is the one with the longer name. `$5` is money, `a$ap` a word, and a
    backslash makes a sign one of the text, unless something is called `5` or `ap`.
    """
    place, tags = 0, [tag.span() for tag in _TAG.finditer(text)]
    while found := _SIGN.search(text, place):
        sign = _dollar(text, found, lexicon) if found["name"] else _wildcard(text, found, lexicon)
        if sign is not None and _is_of_tag(text, sign, tags):
            sign = None
        if sign is not None:
            yield sign
        place = found.start() + 1 if sign is None else sign.end


def _is_of_tag(text: str, sign: Sign, tags: Sequence[tuple[int, int]]) -> bool:
    """Say whether what looks like a sign is only a part of a name: that of `<lora:my__style__v2:1>`."""
    beside = text[sign.start - 1 : sign.start] + text[sign.end : sign.end + 1]
    in_word = _IN_WORD.search(beside.replace("_", "x")) is not None
    return in_word and any(start < sign.start and sign.end < end for start, end in tags)


def _dollar(text: str, found: re.Match[str], lexicon: Lexicon) -> Sign | None:
    name, start = found["name"], found.start()
    for end in _ends(name):
        entry = lexicon.get(key(name[:end]))
        if entry is not None and entry.kind is not Kind.WILDCARD:
            return Sign(start, found.start("name") + end, entry)
    before = text[start - 1 : start]
    if name[0].isdecimal() or (_IN_WORD.match(before) and not _UNSPACED.match(before)):
        return None
    return Sign(start, found.end(), None, lexicon.get(key(name)))


def _ends(name: str) -> list[int]:
    """List where a name may end, the last place first: also before a `/`, a wildcard or an unspaced word."""
    places = {len(name), len(name.rstrip("_/-"))}
    for place in range(1, min(len(name), 2 * LONGEST_NAME)):
        parted = _UNSPACED.match(name, place) or _UNSPACED.match(name, place - 1)
        if name[place] == "/" or name.startswith("__", place) or (parted and name[place] not in MARKS):
            places.add(place)
    return sorted(places, reverse=True)


def _wildcard(text: str, found: re.Match[str], lexicon: Lexicon) -> Sign | None:
    start, begin = found.span()
    inner = _INNER.match(text, begin)
    reach = inner.end() + 2 if inner else begin
    closings = [each.start() for each in _CLOSING.finditer(text, begin + 1, reach)]
    for end in reversed(closings):
        entry = lexicon.get(key(text[begin:end]))
        if entry is not None and entry.kind is Kind.WILDCARD:
            return Sign(start, end + 2, entry)
    if closings:
        return Sign(start, closings[0] + 2, None, lexicon.get(key(text[begin : closings[0]])))
    # Somebody forgot to close it, if it is called so at all.
    word = _NAME.match(text, begin)
    entry = lexicon.get(key(word[0].rstrip("_"))) if word else None
    return Sign(start, word.end(), None, entry) if word and entry and entry.kind is Kind.WILDCARD else None
