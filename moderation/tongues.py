"""In which language a text is, as far as its everyday words say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain

from moderation.normalise import normalise, words_of
from moderation.wordlists import words


@lru_cache(maxsize=256)
def everyday_words(text: str) -> Counter[str]:
    """Count for each language the everyday words of it that a text has; many words are of several."""
    return Counter(chain.from_iterable(_spoken_in(text)))


def _spoken_in(text: str) -> Iterator[set[str]]:
    """Give for each everyday word of a text the languages that it is of."""
    by_word = _languages_by_word()
    return (by_word[word] for word in words_of(normalise(text)).split() if word in by_word)


def leans_to(text: str, language: str, rather_than: str = "en") -> bool:
    """Say whether a text has everyday words of a language, and more of them than of another."""
    counted = everyday_words(text)
    return counted[language] > (counted[rather_than] if language != rather_than else 0)


def is_mostly(text: str, language: str) -> bool:
    """Say whether a text has everyday words of a language, not only English ones, and no more of another."""
    counted = everyday_words(text)
    return 0 < counted[language] == max(counted.values()) and any(
        language in spoken and (language == "en" or "en" not in spoken) for spoken in _spoken_in(text)
    )


@cache
def _languages_by_word() -> dict[str, set[str]]:
    by_word: dict[str, set[str]] = {}
    for section in ("common", "grown"):
        for word in words(section):
            # One letter is a word in too many languages.
            if not word.is_own and not word.term.endswith("*") and len(word.term) > 1:
                by_word.setdefault(words_of(normalise(word.term)), set()).add(word.language)
    return by_word
