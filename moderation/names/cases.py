"""Names in the cases of other languages: Polish `elonowi`, Turkish `putinin`, Russian `обамой`."""

from __future__ import annotations

import re
from collections.abc import Iterator

_STEM_FROM = 3
"""Letters that are left of a name."""
_LONGEST = 5
_BY_FAMILY = """
    a e u y om em im am owi iem ami ach ego emu iego iemu eho ogo omu ym ovi evi ou ovou ova ove ov
    owa owej owie ow ovim oma
    t nak nek val vel al el ban ben rol tol hoz hez ra re ba be nal nel ert kent bol
    n in ia na lla lle lta ssa sta illa ille ilta issa ista iin ksi iksi iga iks ile ilt ist il
    i nin nun un ya ye da de dan den ta te tan ten la le yla yle yi yu nu ni dir gil lar
    s as is us o ui ai ul ului lui it ve en ens et ren rena
    esque ish like ian ians ianism
"""
"""Slavic; Hungarian; Finnish and Estonian; Turkish; Baltic, Romanian, Albanian, Scandinavian and Basque; and
what makes it an adjective."""
_ENDINGS = frozenset(_BY_FAMILY.split()) | frozenset(re.sub(r"(.)\1", r"\1", _BY_FAMILY).split())
_AFTER_CONSONANTS = frozenset(["al", "el"])
"""Hungarian endings that double the consonant before them: `muskkal`."""
_VOWELS = "aeiouy"
_OF_NEN = re.compile("(?<=[aeiouy])s(?:en|ta|t[ae]n|e(?:en|na|ksi|l+[ae]|lt[ae]|s+a|sta))$")
"""What Finnish makes of the end of names in -nen: `räikkösellä`."""
_DECLINED = re.compile(r"[\u0400-\u04ff]{2}[аяйь]\b")
_CASES = 4
_DECLENSIONS = (
    ("ський", ("ського", "ському", "ським", "ському")),
    ("ский", ("ского", "скому", "ским", "ском")),
    ("ая", ("ой", "ую", "ой", "ой")),
    ("ия", ("ии", "ию", "ией", "ии")),
    ("я", ("и", "ю", "ей", "е")),
    ("га", ("ги", "гу", "гой", "ге")),
    ("ка", ("ки", "ку", "кой", "ке")),
    ("а", ("ы", "у", "ой", "е")),
    ("й", ("я", "ю", "ем", "е")),
    ("ь", ("я", "ю", "ем", "е")),
    ("н", ("на", "ну", "ном", "не")),
    ("д", ("да", "ду", "дом", "де")),
)
"""Genitive, accusative or dative, instrumental and locative, by how a word ends; others stay as they are."""


def uninflected(word: str) -> Iterator[tuple[str, str]]:
    """Give what is left of a word in small letters without each ending that it may have, and the ending."""
    for size in range(1, min(_LONGEST, len(word) - _STEM_FROM) + 1):
        if (ending := word[-size:]) in _ENDINGS:
            if ending not in _AFTER_CONSONANTS or word[-size - 1] not in _VOWELS:
                yield word[:-size], ending
            # A vowel that the name ends in gives way to the ending.
            if ending[0] in _VOWELS and ending not in _AFTER_CONSONANTS:
                yield from ((word[:-size] + vowel, ending) for vowel in _VOWELS)
    if (finnish := _OF_NEN.search(word)) and finnish.start() >= _STEM_FROM:
        yield f"{word[: finnish.start()]}nen", finnish[0]


def declined(written: str) -> Iterator[str]:
    """Give a name in Cyrillic letters in the cases in which it does not only get longer."""
    words = written.split()
    by_word = [_cases_of(word) for word in words]
    if _DECLINED.search(written):
        for case in range(_CASES):
            # A woman's surname that ends in a consonant stays as it is.
            yield " ".join(cases[case] for cases in by_word)
            if len(words) > 1:
                yield " ".join([*(cases[case] for cases in by_word[:-1]), words[-1]])


def _cases_of(word: str) -> tuple[str, ...]:
    for ending, cases in _DECLENSIONS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word.removesuffix(ending)
            return tuple(stem + case for case in cases)
    return (word,) * _CASES
