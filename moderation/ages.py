"""Ages under 18, in digits, Roman numerals or words of many languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from moderation.normalise import normalise, words_of
from moderation.reading import Reading
from moderation.wordlists import contexts, languages, languages_by, words

_DIGITS = re.compile(r"(?<!\d)0?(?:\d|1[0-7])(?!\d)")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"x(?:v?i{0,3}|iv|v)|ix|iv|v?i{2,3}|vi?")
_HAN = "一二三四五六七八九十百"
_FREE = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"
"""Letters of scripts that are written without spaces."""
_NOT_OF_AGES = re.compile(
    r" ?(?:%|percent|cm|kg|km|x \d|(?:feet|foot|ft|inch|met(?:er|re)s?|m|lbs|pounds|stone|minutes?|hours?|"
    r"days?|weeks?|months?|miles?|steps?|of|times|in)\b)"
)
_BEING_ONE = re.compile(r"\b(?:is|s) one$")
"""What is no age: she is one with the sea."""
_JOINS = frozenset(["y", "e", "si", "og", "och", "et", "en", "i", "и", "και", "und", "t"])
"""What stands between tens and ones: Spanish twenty-two is `veinte y dos`."""


def find_age_under_18(readings: Iterable[Reading]) -> str | None:
    """Give the first age under 18 in any reading, spelled as it was read, or None."""
    for reading in readings:
        for text in reading.words:
            if (age := next(_ages(text), None)) is not None:
                return age
    return None


def _ages(text: str) -> Iterator[str]:
    for start, end, tongues in _numbers(text):
        if _counts_more(text[:start]):
            continue
        for language in tongues:
            if age := _age(text, start, end, language):
                yield age
    if under := _under().search(text):
        yield under[0]


def _age(text: str, start: int, end: int, language: str) -> str | None:
    """Give the age that a number is part of in one language, or None."""
    years, aged = _years(language), _aged(language)
    if after := years.match(text, end):
        return None if _is_of_a_thing(text[after.end() :]) else text[start : after.end()].strip()
    if (before := aged.search(text[max(0, start - 40) : start])) and not _NOT_OF_AGES.match(text, end):
        said = text[start - len(before[0]) : end].strip()
        return None if _BEING_ONE.search(said) else said
    return None


def _numbers(text: str) -> Iterator[tuple[int, int, Iterable[str]]]:
    """Give the numbers below 18 in a text: where they stand, and the languages that they can be of."""
    every = _languages()
    for found in _DIGITS.finditer(text) if _DIGIT.search(text) else ():
        yield (*found.span(), every)
    by_word, beginnings = _languages_by_number(), _beginnings()
    for found in _WORD.finditer(text):
        word, start = found[0], found.start()
        if word[:2] not in beginnings:
            continue
        if _ROMAN.fullmatch(word):
            yield (*found.span(), every)
        # Twelve-year-old is one word in many languages, and two twelves are two.
        for length in range(len(word), 1, -1):
            if tongues := by_word.get(word[:length]):
                yield start, start + length, tongues
                break
    for found in () if text.isascii() else _free_numbers().finditer(text):
        yield (*found.span(), ("ja", "zh", "th"))
    # Numbers of two words, such as Arabic and Swahili ones, end in a word of their own.
    for number, tongues in _numbers_of_two_words().items():
        if (place := text.find(number)) >= 0:
            yield place, place + len(number), tongues


def _counts_more(before: str) -> bool:
    """Say whether the number is only the ones of a greater one, such as thirty-two."""
    last = before.rsplit(None, 2)[-2:]
    if last and last[-1] in _JOINS:
        last = last[:-1]
    return bool(last) and last[-1] in _tens()


def _is_of_a_thing(after: str) -> bool:
    """Say whether what is that old is a thing, such as whisky."""
    following = after.split(None, 1)[:1]
    return bool(following) and any(
        following[0].startswith(thing.removesuffix("*")) for thing in contexts().get("year old*", ())
    )


@cache
def _languages() -> tuple[str, ...]:
    return tuple(language for language, sections in languages().items() if "years" in sections)


@cache
def _tens() -> frozenset[str]:
    return frozenset(_read(word.term) for word in words("tens"))


@cache
def _languages_by_number() -> dict[str, frozenset[str]]:
    return languages_by(_read, words("numbers"))


@cache
def _beginnings() -> frozenset[str]:
    """Give the first two letters of every number, Roman numerals among them."""
    roman = ("x", "xv", "xi", "ix", "iv", "v", "vi", "ii")
    return frozenset((*roman, *(word[:2] for word in _languages_by_number())))


@cache
def _numbers_of_two_words() -> dict[str, frozenset[str]]:
    return {number: found for number, found in _languages_by_number().items() if " " in number}


@cache
def _free_numbers() -> re.Pattern[str]:
    listed = {_read(word.term) for word in words("numbers") if word.language in ("ja", "zh", "th")}
    return re.compile(rf"(?<![{_HAN}])(?:{'|'.join(sorted(listed, key=len, reverse=True))})")


@cache
def _years(language: str) -> re.Pattern[str]:
    return re.compile(f" ?(?:{_any_of('years', language)})")


@cache
def _aged(language: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_any_of('aged', language)}) ?$")


@cache
def _under() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(_any_of('under', language) for language in languages())})")


def _any_of(section: str, language: str) -> str:
    """Give a pattern of the words of a section in one language, longer ones first."""
    listed = {word.term for word in words(section) if word.language == language}
    return "|".join(sorted(map(_pattern, listed), key=len, reverse=True)) or "(?!)"


def _pattern(term: str) -> str:
    stem = re.escape(_read(term.removesuffix("*")))
    if re.search(f"[{_FREE}]", stem):
        return stem
    return stem + (r"\w*" if term.endswith("*") else r"(?!\w)")


def _read(term: str) -> str:
    return words_of(normalise(term))
