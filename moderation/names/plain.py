"""Names that are plain words, too: when they are names, and when they are the words."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from moderation.lexicon import Lexicon, listed, terms
from moderation.names.listing import common_words
from moderation.names.register import Found
from moderation.reading import Reading

_VERBS = ("ing", "ed")
_NEXT = re.compile(r"[^\S\n]+([a-z]+)|-([a-z]+)", re.IGNORECASE)
_LAST = re.compile(r"([a-z]+)[^\S\n]+$", re.IGNORECASE)
_PARTED = re.compile(r"[,;]\s|(?<!\b\w)\.\s")
"""What parts two things; behind one letter a dot is of an initial: `Donald J. Trump`."""
_SURNAME_FIRST = re.compile(r"\w\s*[,;(\[/-]\s*\w+\W*$")
"""What parts a surname that is a plain word, too, from the first name behind it: `Trump, Donald`."""
_QUOTED = re.compile("[\"“”«»„'‘’]")


def is_meant(found: Found) -> bool:
    """Say whether a name that was found is meant, and not the plain words that it is, too.

    A phrase that the list names is something else; so is a name behind an article and before a common word
    that no person is followed by. A plain word by itself counts where the prompt speaks of somebody known, or
    in quotation marks; so does a surname before the first name, and a comma between them.
    """
    name = found.name
    if not name.is_plain or listed("names/people").find([found.reading]) is not None:
        return True
    if name.unless and _stands_in(found, _phrases(name.unless)):
        return False
    text = found.reading.text
    if _is_plain_word(found.quote, name.name):
        before, after = text[: found.start][-1:], text[found.end :][:1]
        return bool(_QUOTED.match(before) and _QUOTED.match(after))
    if _is_surname_first(found.quote, name.name):
        preceding = _LAST.search(text[: found.start])
        is_thing = preceding is not None and preceding[1].casefold() in _words("determiners")
        is_parted = _SURNAME_FIRST.search(found.quote) is not None
        return (is_parted or _is_somebody_alone(found)) and not is_thing
    return not (_PARTED.search(found.quote) or _is_compound(text, found.start, found.end))


def _is_plain_word(quote: str, name: str) -> bool:
    """Say whether one word was found that is a word of the language, or a name that is known to be one."""
    word = Reading(quote).letters
    return (word == Reading(name).letters and " " not in name) or quote.casefold() in common_words()


def _is_surname_first(quote: str, name: str) -> bool:
    words = Reading(name).word_letters
    return len(words) > 1 and Reading(quote).word_letters[:1] == words[-1:] != words[:1]


def _is_somebody_alone(found: Found) -> bool:
    """Say whether the surname that was found alone is a spelling of the name."""
    surname = Reading(found.quote).word_letters[0]
    return any(Reading(each).word_letters == [surname] for each in found.name.spellings)


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(word for line in terms(f"names/{name}") for word in line.split())


@lru_cache(maxsize=1024)
def _phrases(unless: tuple[str, ...]) -> Lexicon:
    return Lexicon(unless)


def _stands_in(found: Found, phrases: Lexicon) -> bool:
    for match in phrases.matches(found.reading):
        start, end = match.span
        if start < found.end and found.start < end:
            return True
    return False


def _is_compound(text: str, start: int, end: int) -> bool:
    following, preceding = _NEXT.match(text, end), _LAST.search(text[:start])
    if not (following and preceding and preceding[1].casefold() in _words("determiners")):
        return False
    word = (following[1] or following[2]).casefold()
    return word in common_words() and word not in _words("follows") and not word.endswith(_VERBS)
