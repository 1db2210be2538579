"""Words in the sense of their list: what else a word can mean is told by the words around it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from itertools import chain

from moderation.beside import PARTS, is_harmless_here, is_person_next
from moderation.compounds import Compounds
from moderation.hidden_words import HiddenWords, everyday
from moderation.lexicon import Lexicon, LongLexicon, Match
from moderation.names.listing import common_words
from moderation.normalise import normalise, words_of
from moderation.reading import Reading, readings
from moderation.remembered import once
from moderation.scripts import LATIN, may_be_latin, script_of
from moderation.signs import Sign, signs
from moderation.tongues import is_mostly, is_spelled_in, leans_elsewhere, leans_to
from moderation.wordlists import Word, languages_by, terms_of, words


class Senses:
    """The words of some sections of the lists, in all languages, where they mean what the sections are about.

    A word does not count inside an innocent phrase, beside a word that makes it harmless (a bottle's nipple),
    in a text of another language in which it means something else (Swedish `sex` is six), or, if it is bound
    to its accents or its own language, without those.
    """

    def __init__(self, *sections: str) -> None:
        self._sections = sections

    def find(self, readings: Iterable[Reading]) -> Match | Sign | None:
        """Give the first match in any reading, a hidden word or a sign, or None."""
        return next(self.all_of(readings), None)

    def all_of(self, readings: Iterable[Reading]) -> Iterator[Match | Sign]:
        """Give the matches in all readings, and then the signs."""
        read = tuple(readings)
        for reading in read:
            yield from self.matches(reading)
        for section in self._sections:
            yield from signs(section, read)

    def matches(self, reading: Reading) -> Iterator[Match]:
        """Give all matches in a reading that mean what the list is about, and then the hidden words."""
        found = reading.memo.get(self)
        if not isinstance(found, tuple):
            found = reading.memo[self] = tuple(self._meant(reading))
        return iter(found)

    def _meant(self, reading: Reading) -> Iterator[Match]:
        for match in self._lexicon.matches(reading):
            meant = self._words.get(match.term, ())
            if any(_is_bound(match, word) for word in meant) and means_it(
                match, frozenset(word.language for word in meant)
            ):
                yield match
        for match in _hidden().matches(reading):
            is_listed = match.term in self._words or f"{match.term}*" in self._words
            # Ukrainian for plays is no `rape` with two letters turned.
            if is_listed and _is_in_script(match, LATIN) and means_it(match):
                yield match
        for match in _compounds().matches(reading):
            if match.term in self._words and means_it(match):
                yield match

    @cached_property
    def _words(self) -> dict[str, list[Word]]:
        """Read the lists, when they are asked for first."""
        by_term: dict[str, list[Word]] = {}
        for word in (word for section in self._sections for word in words(section)):
            if word.language != "signs":
                by_term.setdefault(word.term, []).append(word)
        return by_term

    @cached_property
    def _lexicon(self) -> Lexicon:
        is_of_all = set(self._sections) <= set(_OF_ALL)
        return _of_all() if is_of_all else Lexicon(self._words)


@once
def _of_all() -> Lexicon:
    """Give the terms that are looked for in all prompts, at once: what is found is sorted by list."""
    return LongLexicon(dict.fromkeys(term for section in _OF_ALL for term in terms_of(section)))


@cache
def _hidden() -> HiddenWords:
    """Give the same words to look for inside others."""
    return HiddenWords(tuple(word for section in _OF_ALL for word in words(section)))


@once
def _compounds() -> Compounds:
    """Give the words of both halves of the floor to look for written together."""
    return Compounds(words("sexual"), words("minors"), _harmless())


_OF_ALL = ("sexual", "suggestive", "garments", "minors")


def means_it(match: Match, tongues: frozenset[str] = frozenset({"en"})) -> bool:
    """Say whether nothing around a match of a term of these languages makes it harmless."""
    return not (_is_innocent(match) or _is_foreign(match, tongues) or is_harmless_here(match))


def _is_bound(match: Match, word: Word) -> bool:
    """Say whether a match is spelled with the accents and in the language that its word is bound to."""
    term = _as_typed(word.term.removesuffix("*"))
    if not _is_in_script(match, script_of(term)):
        return False
    as_typed = _as_typed(match.quote).startswith(term)
    if word.is_exact and not as_typed:
        return False
    has_accents = not term.isascii() and script_of(term) == LATIN
    if as_typed and has_accents:
        return True
    if has_accents and any(
        letter > "z" and letter not in term for letter in _as_typed(match.quote)[: len(term)]
    ):
        return False  # Vietnamese ở trường, at school, is not ở truồng
    around = _without(match)
    if word.is_own or _is_other(match.quote, word):
        return is_mostly(around, word.language) or _has_own_word(around, word.language)
    # What lost its accents may be a word of another language: French déshabillé, Spanish deshabilita.
    return not (has_accents and leans_elsewhere(around, word.language))


def _is_other(quote: str, word: Word) -> bool:
    """Say whether what was found is a word of its own that only looks like a term of another language.

    `goddess` looks like French godes, `porridge` like a form of Swedish porr; Finnish `käännös` like
    Hungarian kanos, which has none of those letters.
    """
    if word.language == "en":
        return False
    written = quote.casefold()
    is_latin = script_of(word.term) == script_of(written) == LATIN
    return (written != word.term and written in common_words()) or (
        is_latin and not is_spelled_in(written, word.language)
    )


def _has_own_word(text: str, language: str) -> bool:
    """Say whether a text has a word of a language, of the lists, that English has not."""
    return _own_words(language).find(readings(text)) is not None


@cache
def _own_words(language: str) -> Lexicon:
    listed = [word for section in _TELLING for word in words(section)]
    english = {word.term.removesuffix("*") for word in listed if word.language == "en"} | everyday()
    return Lexicon(
        word.term
        for word in listed
        if word.language == language and not word.is_own and word.term.removesuffix("*") not in english
    )


_TELLING = ("sexual", "minors", "years")
"""Sections whose words tell the language of a text that has no everyday ones."""


def _is_in_script(match: Match, script: str) -> bool:
    """Say whether a match is in letters that can be meant for those of its term.

    Words of other scripts than Latin have at least one letter of theirs.
    """
    quote = match.quote
    if script != LATIN:
        return not quote.isascii() and script in {script_of(letter) for letter in quote if letter.isalpha()}
    return quote.isascii() or may_be_latin(quote, _without(match))


def _without(match: Match) -> str:
    """Give the text around a match."""
    start, end = match.span
    return f"{match.reading.text[:start]} {match.reading.text[end:]}"


def _as_typed(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def _is_innocent(match: Match) -> bool:
    """Say whether innocent phrases cover all of a match: a sexual word that only begins in one stays one."""
    covered = {
        place
        for own in innocent().matches(match.reading)
        if own.first < match.end and match.first < own.end
        if not (PARTS.search(own.quote) or _is_of_somebody(own, match))
        for place in range(own.first, own.end)
    }
    return covered.issuperset(range(match.first, match.end))


def _is_of_somebody(own: Match, match: Match) -> bool:
    """Say whether somebody is what a phrase that begins with a match speaks of: a naked rock climber."""
    begins = own.first == match.first and len(own.quote.split()) == _BESIDE
    return begins and match.term == "naked" and is_person_next(own.reading.text, own.span[1])


_BESIDE = 2
"""Words of a phrase that a third may go on with: a naked mole rat has a family."""


def _is_foreign(match: Match, tongues: frozenset[str]) -> bool:
    """Say whether the text is of a language in which the word means something else."""
    here = words_of(normalise(match.quote))
    return any(
        language not in tongues and all(leans_to(_without(match), language, other) for other in tongues)
        for language in _harmless().get(here, ())
    )


@cache
def innocent() -> Lexicon:
    """Give the phrases in which a word of the other lists means something harmless."""
    return Lexicon(terms_of("innocent"))


@cache
def _harmless() -> dict[str, frozenset[str]]:
    """Give for each word that is harmless in some languages which they are: everyday words are, too."""
    harmless = chain.from_iterable(map(words, ("harmless", "common", "grown", "numbers", "years")))
    return languages_by(lambda term: words_of(normalise(term)), harmless)
