"""In which language a text is, as far as its everyday words say so."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain

from moderation.normalise import normalise, words_of
from moderation.wordlists import languages, languages_by, words

_ACCENTED = re.compile(r"[a-z]*[^\W\d_a-z][^\W\d_]*")


@lru_cache(maxsize=256)
def everyday_words(text: str) -> Counter[str]:
    """Count for each language the everyday words of it that a text has; many words are of several."""
    return Counter(chain.from_iterable(_spoken_in(text)))


def spoken_in(word: str) -> frozenset[str]:
    """Give the languages that have a word, spelled with just these letters, among their everyday ones."""
    return _languages_by_spelling().get(_composed(word), frozenset())


def is_spelled_in(word: str, language: str) -> bool:
    """Say whether a language has the letters beyond a to z of a word."""
    nowhere: frozenset[str] = frozenset()
    return all(
        language in _languages_by_letter().get(each, nowhere) for each in _composed(word) if each > "z"
    )


def _spoken_in(text: str) -> Iterator[frozenset[str]]:
    """Give for each everyday word of a text the languages that it is of."""
    by_word = _languages_by_word()
    return (by_word[word] for word in words_of(normalise(text)).split() if word in by_word)


def leans_to(text: str, language: str, rather_than: str = "en") -> bool:
    """Say whether a text has everyday words of a language, and more of them than of another.

    Where the other is not English, which writes foreign words as they come, every word that has letters
    beyond a to z is one of each language that has those letters: `lămâie` may be Romanian, and not
    Portuguese.
    """
    counted = everyday_words(text)
    if rather_than != "en":
        counted = counted + written_words(text)
    return counted[language] > (counted[rather_than] if language != rather_than else 0)


@lru_cache(maxsize=256)
def written_words(text: str) -> Counter[str]:
    """Count for each language the words with letters beyond a to z that it may have by their letters."""
    by_letter = _languages_by_letter()
    nowhere: frozenset[str] = frozenset()
    spelled = (
        frozenset.intersection(*(by_letter.get(letter, nowhere) for letter in word if letter > "z"))
        for word in _ACCENTED.findall(_composed(text))
    )
    return Counter(chain.from_iterable(spelled))


def leans_elsewhere(text: str, language: str) -> bool:
    """Say whether a text leans to a language that is neither this one nor English."""
    others = everyday_words(text).keys() - {language, "en"}
    return any(leans_to(text, other) and leans_to(text, other, language) for other in others)


def is_mostly(text: str, language: str) -> bool:
    """Say whether a text has everyday words of a language, not only English ones, and no more of another."""
    counted = everyday_words(text)
    return 0 < counted[language] == max(counted.values()) and any(
        language in spoken and (language == "en" or "en" not in spoken) for spoken in _spoken_in(text)
    )


@cache
def _languages_by_letter() -> dict[str, frozenset[str]]:
    by_letter: dict[str, set[str]] = {}
    for language, sections in languages().items():
        for letter in set(_composed(" ".join(sections.values()))):
            by_letter.setdefault(letter, set()).add(language)
    return {letter: frozenset(found) for letter, found in by_letter.items()}


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


@cache
def _languages_by_spelling() -> dict[str, frozenset[str]]:
    return languages_by(_composed, words("common"))


@cache
def _languages_by_word() -> dict[str, frozenset[str]]:
    # One letter is a word in too many languages.
    counted = (
        word
        for word in chain(words("common"), words("grown"))
        if not word.is_own and not word.term.endswith("*") and len(word.term) > 1
    )
    return languages_by(lambda term: words_of(normalise(term)), counted)
