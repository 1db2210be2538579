"""Words hidden in others: written together with others, misspelt, reversed, or with letters masked.

Only unknown words are looked into. What is found is remembered by word, for most words come again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache, cached_property, lru_cache, partial
from itertools import compress, product
from typing import NamedTuple, TypeAlias

import ahocorasick

from moderation.lexicon import Match
from moderation.names.listing import common_words
from moderation.reading import Reading
from moderation.remembered import Remembered
from moderation.slips import Slips
from moderation.tokens import Gap, Token
from moderation.wordlists import Word, terms_of, words

JOINED_FROM = 4
"""Letters that a word needs to be looked for in what is written together."""
MISSPELT_FROM = 8
"""Letters that a word needs to be known by all but one: shorter ones differ by one from many others."""
_LONGEST = 30
_HAS_VOWEL = re.compile("(?!^)[aeiou]").search
_SHORTEST = 3
"""The same where nothing else is written together with it than words of the lists: `pornokid`."""
_AGE = re.compile(r"\d+(?:yo|yrs?|years?(?:old)?)|aged?\d+")
_NUMBER = re.compile(rf"[vx]?\d+[a-z]?|\d*|{_AGE.pattern}")
"""What counts versions or years, and is no word: `v2`, `512`, `13yo`."""
_JOIN = re.compile(r"[xn&]|and|\d*")
"""What may stand between words of the lists that are written together: `teenXsex`."""
_PLURALS = ("s", "es", "z", "zz")
_LONGEST_ENDING = 4
"""Letters that may follow a stem: `beautifulnipples` is beautiful and nipple*."""
_WORD = re.compile("[a-z]+")
_MEANT_FOR = {"ν": ("v", "n"), "и": ("и", "n"), "я": ("я", "r")}
"""What letters of other scripts are meant for beside what they look like: they sound like that, or stand on
their heads. By the letter: as which it is read, and what it is meant for."""
_LEET = str.maketrans("013457@$!|", "oieastasii")
_MASKS = "*#%•@"
"""Signs that stand for letters."""
_MASKED = re.compile(rf"(?<![^\W_])[a-z]+(?:[{_MASKS}][a-z]*){{1,2}}(?<=[a-z])(?![^\W_])", re.IGNORECASE)
_ADD_ON = re.compile(r"<[^<>]*>")
_VOWELS = "aeiou"
_LETTERS = _VOWELS + "bcdfghjklmnpqrstvwxyz"
_REMEMBERED = 1 << 15
"""Words whose hidden ones are remembered."""
_LANGUAGES = ("en", "de", "es", "fr", "it", "pt")
"""Those of which enough ordinary words are known to tell what is hidden from what only looks like it."""


Hidden: TypeAlias = tuple[tuple[int, int, str], ...]
"""Terms that are hidden in a token, each with the places of the letters that it is hidden in."""


class _Known(NamedTuple):
    """What is known of a token of which anything is."""

    hidden: Hidden
    head: int
    """In bits whether it may be the first half of a word, and whether it may be a word without its vowels."""
    tail: int
    """The same of the second half."""


class HiddenWords:
    """Words of Latin letters to look for inside unknown words.

    `<lora:betternude>` is better and nude; the rest must be made of ordinary words, but for names of add-ons,
    where it is enough that one side is. `pussyy` and `masturbatoin` are one edit away from words of eight
    letters or more; `edun` is reversed, `n*de` masked.
    """

    def __init__(self, words: Collection[Word]) -> None:
        plain = {
            word.term
            for word in words
            if word.language in _LANGUAGES and not word.is_exact and not word.is_own
        }
        stems = {term.removesuffix("*") for term in plain if term.endswith("*")}
        self._stems = frozenset(filter(_is_plain, stems))
        self._whole = frozenset(filter(_is_plain, plain)) | self._stems
        bound = {word.term for word in words if word.language in _LANGUAGES and word.is_own}
        self._short = frozenset(term for term in (*plain, *stems) if _is_plain(term, _SHORTEST)) | frozenset(
            filter(_is_plain, bound)
        )
        english = {word.term.removesuffix("*") for word in words if word.language == "en"}
        self._english = self._whole & english
        self._slips = Slips(self._short & english, self._stems & english, everyday(), _known())
        self._terms_in = lru_cache(maxsize=_REMEMBERED)(self._looked_for)
        self._heads = frozenset(term[:end] for term in self._english for end in range(1, len(term)))
        self._tails = frozenset(term[start:] for term in self._english for start in range(1, len(term)))
        self._known_of = Remembered(self._look_at, _REMEMBERED)
        self._in_add_on = Remembered(partial(self._found_in, in_add_on=True), _REMEMBERED)

    def matches(self, reading: Reading) -> tuple[Match, ...]:
        """Give the hidden words of a reading, each as a match of all that it is hidden in."""
        found = reading.memo.get(self)
        if not isinstance(found, tuple):
            known = list(map(self._known_of.__getitem__, reading.tokens))
            # Of most tokens nothing is known.
            noted = {place: each for place, each in compress(enumerate(known), known) if each}
            joined = self._joined_and_misspelt(reading, noted)
            found = (*joined, *self._split_up(reading, noted), *self._masked(reading))
            reading.memo[self] = found
        return found

    def _joined_and_misspelt(self, reading: Reading, noted: Mapping[int, _Known]) -> Iterator[Match]:
        found = {place: each.hidden for place, each in noted.items() if each.hidden}
        if "<" in reading.text:
            spans = [add_on.span() for add_on in _ADD_ON.finditer(reading.text)]
            for place, at in enumerate(reading.starts):
                if any(start <= at < end for start, end in spans):
                    found[place] = self._in_add_on[reading.tokens[place]]
        for place, hidden in sorted(found.items()):
            first = reading.firsts[place]
            for start, end, term in hidden:
                yield Match(reading, first + start, first + end, term)

    def _split_up(self, reading: Reading, noted: Mapping[int, _Known]) -> Iterator[Match]:
        """Find words with a space in them, or without vowels beside each other: `na ked`, `nkd wmn`."""
        for place, each in noted.items():
            after = noted.get(place + 1)
            if after is None or not each.head & after.tail:
                continue
            halves = [token.written.lower() for token in reading.tokens[place : place + 2]]
            found = [(start, stop, term) for start, stop, term in self._of_halves(*halves) if term]
            began, first, end = places = reading.firsts[place : place + 3]
            if found and reading.text[reading.span(began, first)[1] : reading.span(first, end)[0]].isspace():
                for start, stop, term in found:
                    yield Match(reading, places[start], places[stop], term)

    def _of_halves(self, before: str, after: str) -> Iterator[tuple[int, int, str | None]]:
        """Give what two words may be: in both of them, in the first or in the second, from where to where."""
        if before + after in self._english and not {before, after} & everyday():
            yield 0, 2, before + after
        yield 0, 1, self._slips.bare_beside(before, after)
        yield 1, 2, self._slips.bare_beside(after, before)

    def _look_at(self, token: Token) -> _Known | None:
        written, hidden = token.written.lower(), self._found_in(token)
        bare = (_HAS_VOWEL(written) is None) << 1
        head, tail = (written in self._heads) | bare, (written in self._tails) | bare
        return _Known(hidden, head, tail) if hidden or head or tail else None

    def _found_in(self, token: Token, in_add_on: bool = False) -> Hidden:
        return tuple(dict.fromkeys(self._hidden_in(token, in_add_on)))

    def _hidden_in(self, token: Token, in_add_on: bool) -> Iterator[tuple[int, int, str]]:
        for letters, start, end in _split(token):
            if JOINED_FROM - in_add_on <= len(letters) <= _LONGEST:
                for term in self._terms_in(letters, in_add_on):
                    yield start, end, term
                if term_meant := self._meant(letters, token.written):
                    yield start, end, term_meant
        for letters, start, end in _split(token, parted_from=Gap.SIGN):
            if 2 * _SHORTEST <= len(letters) <= _LONGEST and letters not in _known():
                for term in self._in_a_row(letters) or self._in_a_row(letters.translate(_LEET)):
                    yield start, end, term

    def _meant(self, letters: str, written: str) -> str | None:
        if written.isascii():
            return None
        read = letters
        for letter, (looks, meant) in _MEANT_FOR.items():
            read = read.replace(looks, meant) if letter in written.casefold() else read
        return self._term_of(read) if read != letters else None

    def _looked_for(self, letters: str, is_in_add_on: bool) -> list[str]:
        if letters in _known() or letters in common_words() or self._term_of(letters):
            return []
        found = dict.fromkeys(self._joined(letters, is_in_add_on))
        if (read := letters.translate(_LEET)) != letters:
            found.update(dict.fromkeys(self._joined(read, is_in_add_on)))
        kinds = (
            self._slips.turned,
            self._slips.scrambled,
            self._slips.respelt,
            self._slips.revowelled,
            self._slips.bare,
        )
        slips = (slip(letters) for slip in kinds)
        others = (self._reversed(letters), self._misspelt(letters), *slips)
        return list(found) or list(filter(None, others))

    def _term_of(self, letters: str) -> str | None:
        """Give the term that letters are, with an ending if it is a stem."""
        if letters in self._whole:
            return letters
        begun = (letters[:end] for end in range(JOINED_FROM, len(letters)))
        return next((stem for stem in begun if stem in self._stems), None)

    def _joined(self, letters: str, is_in_add_on: bool) -> Iterator[str]:
        if len(letters) <= JOINED_FROM:
            return
        for last, length in self._inside.iter(letters):
            first, end = last + 1 - length, last + 1
            sides = (_is_made_of_words(letters[:first]), self._may_follow(letters, first, end))
            if all(sides) or (is_in_add_on and any(sides) and not _is_made_of_words(letters)):
                yield letters[first:end]

    def _in_a_row(self, letters: str, after: bool = False) -> tuple[str, ...]:
        """Give the terms that letters are nothing but; none where they are anything else.

        There are two or more, or one beside an age.
        """
        if age := _AGE.match(letters):
            return self._in_a_row(letters[age.end() :], after=True)
        for end in range(len(letters), _SHORTEST - 1, -1):
            term = letters[:end]
            if term not in self._short and term.removesuffix("s") not in self._short:
                continue
            term = term if term in self._short else term.removesuffix("s")
            if _NUMBER.fullmatch(letters, end):
                return (term,) if after or _AGE.fullmatch(letters, end) else ()
            for join in range(end, min(end + 4, len(letters))):
                if _JOIN.fullmatch(letters, end, join) and (
                    rest := self._in_a_row(letters[join:], after=True)
                ):
                    return (term, *rest)
        return ()

    @cached_property
    def _inside(self) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton()
        for term in self._english:
            automaton.add_word(term, len(term))
        automaton.make_automaton()
        return automaton

    def _may_follow(self, letters: str, first: int, end: int) -> bool:
        rest = letters[end:]
        if _is_made_of_words(rest) or rest in _PLURALS:
            return True
        return first > 0 and letters[first:end] in self._stems and len(rest) <= _LONGEST_ENDING

    def _reversed(self, letters: str) -> str | None:
        back = letters[::-1]
        if len(letters) < JOINED_FROM or back == letters:
            return None
        if back in self._english:
            return back
        return next(
            (back[:end] for end in range(5, len(back)) if back[:end] in self._stems & self._english), None
        )

    def _misspelt(self, letters: str) -> str | None:
        if len(letters) < MISSPELT_FROM - 1 or not _WORD.fullmatch(letters):
            return None
        for end in range(len(letters), max(len(letters) - _LONGEST_ENDING, MISSPELT_FROM - 1) - 1, -1):
            word = letters[:end]
            for written in (word, *_without_one(word)):
                term = self._by_all_but_one.get(written)
                if term and (end == len(letters) or term in self._stems):
                    return term
        return None

    @cached_property
    def _by_all_but_one(self) -> dict[str, str]:
        terms = sorted(term for term in self._whole if len(term) >= MISSPELT_FROM)
        return {written: term for term in terms for written in (*_without_one(term), term)}

    def _masked(self, reading: Reading) -> Iterator[Match]:
        for found in _MASKED.finditer(reading.text) if _has_mask(reading.text) else ():
            parts = re.split(f"[{_MASKS}]", found[0].lower())
            before, *others = parts
            # Who masks one letter may mask a consonant: `nu*e`. Two are vowels.
            letters = _VOWELS if others[1:] else _LETTERS
            for masked in product(letters, repeat=len(others)):
                word = before + "".join(map("".join, zip(masked, others, strict=True)))
                if term := self._term_of(word):
                    first, end = _letters_at(reading, *found.span())
                    yield Match(reading, first, end, term)
                    break


def _has_mask(text: str) -> bool:
    return any(mask in text for mask in _MASKS)


def _is_plain(term: str, shortest: int = JOINED_FROM) -> bool:
    return term.isascii() and term.isalpha() and (len(term) >= shortest or term == "sex")


def _without_one(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


@lru_cache(maxsize=1 << 14)
def _is_made_of_words(letters: str) -> bool:
    """Say whether letters are at most three ordinary words, or a number."""
    return _NUMBER.fullmatch(letters) is not None or _is_words(letters, 3)


def _is_words(letters: str, at_most: int) -> bool:
    if letters in _ordinary():
        return True
    return at_most > 1 and any(
        letters[:end] in _ordinary()
        and (_NUMBER.fullmatch(letters[end:]) is not None or _is_words(letters[end:], at_most - 1))
        for end in range(1, len(letters))
    )


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(terms_of("joined"))


@cache
def everyday() -> frozenset[str]:
    """Give ordinary words of English."""
    return _ordinary() | frozenset(word.term for word in words("common") if word.language == "en")


@cache
def _known() -> frozenset[str]:
    """Give words that are no others in disguise."""
    return _ordinary() | frozenset(terms_of("known"))


def _split(token: Token, parted_from: Gap = Gap.SEAM) -> tuple[tuple[str, int, int], ...]:
    """Give the typed letters between the gaps of a token, each with its places in the token."""
    if token.letters and not any(token.gaps[1:]):
        return (("".join(letter.typed for letter in token.letters), 0, len(token.letters)),)
    pieces: list[tuple[str, int, int]] = []
    for place, letter in enumerate(token.letters):
        if pieces and letter.gap < parted_from:
            typed, start, _ = pieces[-1]
            pieces[-1] = (typed + letter.typed, start, place + 1)
        else:
            pieces.append((letter.typed, place, place + 1))
    return tuple(pieces)


def _letters_at(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """Give the places in a reading of the letters between two places of its text."""
    places = [
        place for place in range(len(reading.letters)) if start <= reading.span(place, place + 1)[0] < end
    ]
    return places[0], places[-1] + 1
