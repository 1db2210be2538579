"""Short words that stay readable with letters turned round or vowels left out: `ndue`, `tplss`, `nkd wmn`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cached_property
from itertools import chain

from moderation.names.listing import common_words
from moderation.names.near import scramble_key

_TURNED_FROM, _TURNED_TO = 4, 7
"""Letters of words that are known with two of them turned; longer ones are known by all but one."""
_FIRST_TURNED_FROM = 5
"""Letters that a word needs to be known with its first two turned, which changes what it begins with."""
_SCRAMBLED_FROM, _SCRAMBLED_TO = 5, 12
"""Letters of words that are known with those inside in another order."""
_REVOWELLED_FROM, _REVOWELLED_TO = 6, 10
"""Letters that a word needs to be known with another vowel, and the most that it has."""
_BARE_FROM = 4
"""Consonants from which a word without its vowels is known by itself, if no ordinary word has the same."""
_BESIDE_FROM = 3
"""Letters of two words beside each other from which both are known without their vowels."""
_ENDING = re.compile(f"(?<=.{{{_BARE_FROM}}})(?:s|d|ng|r|rs|st|y)$")
"""What may follow a stem of as many consonants."""
_SOUNDS = (
    *(("y", "i"), ("z", "s"), ("k", "c"), ("kk", "ck"), ("ph", "f"), ("v", "u")),
    *(("ee", "y"), ("ee", "i"), ("ew", "oo"), ("aw", "o"), ("ay", "a")),
)
_IDLE_ENDINGS = ("e", "y", "ey")
_VOWEL = re.compile("(?!^)[aeiouy]")
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = re.compile("(?!^)[aeiou]")
_BARE = re.compile("[a-z][b-df-hj-np-tv-z]+")


class Slips:
    """English words to be known in what is no word.

    `stems` are those that any ending may follow, `everyday` words those that stand beside any others, and
    `known` words those that are no others with a slip.
    """

    def __init__(
        self,
        words: Collection[str],
        stems: Collection[str],
        everyday: Collection[str],
        known: Collection[str],
    ) -> None:
        self._words, self._stems = frozenset(words), frozenset(stems)
        self._everyday, self._known = frozenset(everyday), frozenset(known)

    def turned(self, letters: str) -> str | None:
        """Give the word that letters are with two beside each other turned, or None."""
        if not _TURNED_FROM <= len(letters) <= _TURNED_TO or self.is_word(letters):
            return None
        found = None
        for place in range(len(letters) < _FIRST_TURNED_FROM, len(letters) - 1):
            word = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
            if word in self._words:
                found = word
            elif word != letters and self.is_word(word):
                return None  # that is as likely meant
        return found

    def respelt(self, letters: str) -> str | None:
        """Give the word that letters sound like, or to which an ending adds nothing: `penys`, `nudey`."""
        if len(letters) < _TURNED_FROM or self.is_word(letters):
            return None
        read: Iterable[str] = (
            letters.replace(written, meant) for written, meant in _SOUNDS if written in letters
        )
        if letters.endswith("i"):
            read = chain(read, [letters.removesuffix("i") + "y"])
        # A letter less makes another word of short ones: annus.
        once = letters[:-1] if letters[-1] == letters[-2] else _DOUBLED.sub(r"\1", letters)
        once = once if letters.startswith(once) or len(once) > _TURNED_FROM else ""
        shorter = (letters.removesuffix(ending) for ending in _IDLE_ENDINGS if letters.endswith(ending))
        long_enough = (each for each in (*read, once, *shorter) if len(each) >= _TURNED_FROM)
        return next((each for each in long_enough if each in self._words), None)

    def scrambled(self, letters: str) -> str | None:
        """Give the word that letters are with those inside in another order: `vgniaa`."""
        if not _SCRAMBLED_FROM <= len(letters) <= _SCRAMBLED_TO or self.is_word(letters):
            return None
        return self._by_letters.get(scramble_key(letters))

    def revowelled(self, letters: str) -> str | None:
        """Give the word that letters are but for one of its vowels: `toplass`, `vagena`.

        Shorter words differ by a vowel from too many others.
        """
        if not _REVOWELLED_FROM <= len(letters) <= _REVOWELLED_TO or self.is_word(letters):
            return None
        read = (
            letters[: place.start()] + vowel + letters[place.end() :]
            for place in _VOWEL.finditer(letters)
            for vowel in "aeiouy"
        )
        return next((word for word in read if word in self._words), None)

    def bare(self, letters: str) -> str | None:
        """Give the word that letters are without its vowels, if that can be no other word, or None."""
        if len(letters) < _BARE_FROM or not self.is_bare(letters):
            return None
        if letters in self._bare_words:
            return None
        if word := self._by_bare.get(letters):
            return word
        stem = self._by_bare.get(_ENDING.sub("", letters))
        return stem if stem in self._stems else None

    def bare_beside(self, letters: str, other: str) -> str | None:
        """Give the same where another word without vowels is beside it, which says that they are left out.

        Then it need not be the only word that it can be.
        """
        if min(len(letters), len(other)) < _BESIDE_FROM or not (
            self.is_bare(letters) and self.is_bare(other)
        ):
            return None
        return self._by_bare.get(letters) if other in self._bare_everyday or other in self._by_bare else None

    def is_bare(self, letters: str) -> bool:
        """Say whether letters have no vowel behind the first one, and are no word or abbreviation."""
        return _BARE.fullmatch(letters) is not None and not self.is_word(letters)

    def is_word(self, letters: str) -> bool:
        """Say whether letters are a word that means nothing else."""
        return letters in self._known or letters in common_words()

    @cached_property
    def _by_letters(self) -> dict[str, str]:
        """Give the words by their letters, but for those that ordinary words have, too."""
        ordinary = {scramble_key(word) for word in (*self._known, *common_words()) if word not in self._words}
        long = (word for word in sorted(self._words) if _SCRAMBLED_FROM <= len(word) <= _SCRAMBLED_TO)
        return {found: word for word in long if (found := scramble_key(word)) not in ordinary}

    @cached_property
    def _by_bare(self) -> dict[str, str]:
        return {bare: word for word in sorted(self._words) if (bare := _without_vowels(word)) != word}

    @cached_property
    def _bare_everyday(self) -> frozenset[str]:
        return frozenset(map(_without_vowels, self._everyday))

    @cached_property
    def _bare_words(self) -> frozenset[str]:
        """Give the ordinary words without their vowels."""
        return frozenset(_without_vowels(word) for word in common_words() if word not in self._words)


def _without_vowels(word: str) -> str:
    return _VOWELS.sub("", word)
