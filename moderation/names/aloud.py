"""How words are read aloud, whoever spelled them: consonants by their class, with the vowels between.

A name that is written by ear keeps its consonants in their order, or others that sound nearly alike, however
it is cut into words: `kim car dash ian`. So those are looked for, by eight classes, and the vowels between
two consonants are compared afterwards. The spelling of English is read in the likeliest way, with that of
German, French and Spanish where it cannot be English; what is written may leave a vowel open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

_MOST = 64
"""Ways of reading a name."""

_READ: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("^(?:pn|kn|gn)", ("n",)),
    ("^wr", ("r",)),
    ("^ps", ("s",)),
    ("^pf", ("f",)),
    ("^x", ("s", "k", "S")),
    ("^mc", ("mk",)),
    ("tsch|dsch|dzh|tch|dg(?=e)|dj|cz", ("C", "tC")),
    ("sch|shch", ("S", "sk")),
    ("tzs?|ts|dz", ("s", "ts")),
    ("sh|zh", ("S",)),
    ("ch(?=[rlnt])", ("k",)),
    ("ch", ("C", "k")),
    ("ph", ("f",)),
    ("^who", ("ho",)),
    ("wh", ("w",)),
    ("th", ("T",)),
    ("[td]t$", ("t",)),
    ("(?<=[aeiou])gh(?=[^aeiouy]|$)", ("",)),
    ("(?:gh|kh)", ("k", "")),
    ("ck|qu(?=[eiy])|kk", ("k",)),
    ("qu", ("kw", "k")),
    ("x", ("ks", "s")),
    ("sc(?=[eiy])", ("s",)),
    ("c(?=[eiy])", ("s", "C")),
    ("(?<=i)c$", ("k", "C")),
    ("[cq]", ("k",)),
    ("ng(?=[lr])", ("ng",)),
    ("ng$", ("N", "n", "nk")),
    ("ng(?![aeiouy])", ("n", "nk")),
    ("ng", ("ng", "n")),
    ("mb$", ("m",)),
    ("g(?=e$)", ("C", "g")),
    ("gi(?=[aou])", ("C", "gi")),
    ("^g(?=ins?$|inger|em|en|eo|erm|est|iant|iraf|ist|ym|yp|el$)", ("C", "g")),
    ("g(?=[eiy])", ("g", "C")),
    ("j", ("C", "y", "|")),
    ("^h", ("|", "C")),
    ("h", ("|",)),
    ("r(?=[aiouy]|e(?!$))|^r|(?<![aeiouy])r(?=e)", ("r",)),
    ("r", (":",)),
    ("w(?=[aeiouyr])", ("w", "v")),
    ("w(?=[bdfgklmnpstvz])", ("w", "v")),
    ("ds$", ("ds", "s")),
    ("w$(?<=ow)", ("w", "v")),
    ("l(?=[km])(?<=[ao]l)", ("l", "")),
    ("[bdfgklmnprstvz]", ()),
    ("(?<=[aeiouy][a-z])e(?=s?$)|(?<=[aeiouy][a-z][a-z])e(?=s?$)", ("E",)),
    ("a(?=[^aeiouyw]$|[bdfgkmnpstvz][bdfgkmnpstvz])(?<![aeiouw]a)", ("1",)),
    ("e(?=[^aeiouyw]$|[bdfgkmnpstvz][bdfgkmnpstvz])(?<![aeiouy]e)", ("2",)),
    ("i(?=[^aeiouyw]$|[bdfgkmnpstvz][bdfgkmnpstvz])(?<![aeiouy]i)", ("3",)),
    ("o(?=[^aeiouyw]$|[bdfgkmnpstvz][bdfgkmnpstvz])(?<![aeiouy]o)", ("4",)),
    ("u(?=[^aeiouyw]$|[bdfgkmnpstvz][bdfgkmnpstvz])(?<![aeiouyq]u)", ("5",)),
    ("[aeiouyw]", ()),
)
"""Spellings with how they may be read, the likeliest first; without any, as they are written."""
_SPELLING = re.compile("|".join(f"({spelling})" for spelling, _ in _READ))
CLASSES = {
    **dict.fromkeys("kg", "K"),
    **dict.fromkeys("szSC", "S"),
    **dict.fromkeys("tdT", "T"),
    **dict.fromkeys("pbfv", "P"),
    "m": "M",
    **dict.fromkeys("nN", "N"),
    "l": "L",
    "r": "R",
}
"""The class of each consonant: S and C are those of `she` and `cheese`, T of `thin`, N of `sing`."""
ALIKE = str.maketrans("zCvTgN", "sSftkn")
"""Consonants that are told apart by little."""
_LIAISON = re.compile(r":E?\|(?=[aeiouy1-5])")
"""An r at the end of a word is heard before a vowel: `shack ear a`."""
R_LAST = (":", ":E")
"""What vowels end with that have an r behind them, heard or not."""
_READ_OTHERWISE = """
    eye:ai eyes:aiz i:ai you:yoo one:wun won:wun two:too who:hoo are:ar were:wer heart:hart bear:bair
    sew:so queue:kew choir:kwair women:wimen tough:tuf rough:ruf enough:enuf laugh:laf cough:cof
    dough:do though:tho would:wood could:kood should:shood isle:ail island:ailand aisle:ail debt:det
    salmon:samon half:haf talk:tok walk:wok chalk:chok folk:foke sword:sord answer:anser doubt:dout
    listen:lisen castle:kasel wrist:rist soul:sole once:wuns
"""
_IRREGULAR = dict(each.split(":") for each in _READ_OTHERWISE.split())
"""Words that are read otherwise than they are spelled, as they are read."""


class Aloud(NamedTuple):
    """Consonants, as they sound and by their classes, with the vowels before, between and behind them."""

    classes: str
    consonants: str
    vowels: tuple[str, ...]
    """As many as consonants, and one more; `|` parts what two words or syllables have of it."""


@lru_cache(maxsize=1 << 15)
def read_aloud(word: str) -> str:
    """Write a word in the letters a to z as it is likeliest to be read."""
    return "".join(options[0] for options in _options(_IRREGULAR.get(word, word)))


def sounding(read: str) -> Aloud:
    """Part what was read, `|` between words, into consonants and vowels."""
    classes, consonants, vowels = "", "", [""]
    for letter in _LIAISON.sub("r|", read) if ":" in read else read:
        kind = CLASSES.get(letter)
        if kind is None:
            vowels[-1] += letter
        elif consonants and vowels[-1] in ("", "|") and are_alike(consonants[-1], letter):
            vowels[-1] = ""
        else:
            classes, consonants = classes + kind, consonants + letter
            vowels.append("")
    return Aloud(classes, consonants, (vowels[0], *(each.strip("|") for each in vowels[1:])))


@lru_cache(maxsize=1 << 8)
def are_alike(one: str, other: str) -> bool:
    """Say whether two consonants are one where nothing is between them."""
    return one.translate(ALIKE) == other.translate(ALIKE)


def readings_aloud(words: Sequence[str]) -> dict[Aloud, None]:
    """Read the words of a name, which are in the letters a to z, in all likely ways, the likeliest first."""
    options = [option for word in words for option in (*_options(word), ("|",))][:-1]
    return dict.fromkeys(sounding("".join(each)) for each in islice(product(*options), _MOST))


def _options(word: str) -> Iterator[tuple[str, ...]]:
    for found in _SPELLING.finditer(word):
        yield _READ[(found.lastindex or 1) - 1][1] or (found[0],)


_WRITTEN_FOR = """
    ay A I Y; ai A Y e; ei A Y I; ey A I Y; ea I e A Ia; eau O; ee I A; ie I Y iA; oo U u O; ou U W u;
    ow O W; oa O o; oe O U; oi Q wa; oy Q; au o W O; aw o W; ue U A Iu; ui U i wI; eu U Q @ e; ew U jU;
    ae A e; a a A o @; e e I A @; i i I Y @; o o O u @; u u U jU @; y I i Y j; w w; e: @ e eu; i: @ I;
    u: @ U; 2: @ e; 3: @ I; 5: @ U; o: o O @; 4: o O @; a: a o @; 1: a o @; 1 a; 2 e; 3 i; 4 o u; 5 u U;
    E - e I A; : - @ r
"""
"""What vowels are written for, each with its sounds; - is none. Capitals are long: A of `say`, I of `see`, Y
of `sigh`, O of `so`, U of `sue`, W of `how`, Q of `boy`; @ is that of `a`, j of `you`."""
_SOUNDS = {first: sounds for first, *sounds in map(str.split, _WRITTEN_FOR.split(";"))}
_GRAPHEME = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_NEAR = {
    frozenset(pair): cost
    for cost, pairs in (
        (0.15, "Ii u@ uU aw@ oO i@ e@ jI ji wU wu Ie eA"),
        (0.3, "au ae ao @o @a ie uo OU AY IY iY oW WO aW IA QO Ya @r wO IU"),
    )
    for pair in pairs.split()
}
_OTHER, _LEFT_OUT, _LEFT_OUT_SHORT = 0.8, 0.8, 0.4
_SHORT = "@iujwIe"
_LIKE = {
    frozenset(pair): cost
    for cost, pairs in (
        (0.0, "sz SC kq"),
        (0.1, "fv tT dT gk"),
        (0.2, "nN"),
        (0.25, "td bp bv sS zS zC sC"),
        (0.5, "pf pv bf"),
    )
    for pair in pairs.split()
}
"""How far consonants are from each other that are of one class; others are `_UNLIKE`."""
_UNLIKE = 0.4


def are_near(name: Aloud, written: Aloud, most: float) -> bool:
    """Say whether two readings of the same classes of consonants are at most so far from each other."""
    if name.consonants != written.consonants:
        pairs = zip(name.consonants, written.consonants, strict=True)
        most -= sum(_LIKE.get(frozenset(pair), _UNLIKE) for pair in pairs if pair[0] != pair[1])
    for one, other in zip(name.vowels, written.vowels, strict=True):
        if one != other:
            if most < 0:
                return False
            most -= vowels_apart(one, other)
    return most >= 0


def syllables(read: Aloud) -> int:
    """Count the vowels in it; what is mute may be one."""
    return len(_GRAPHEME.findall(" ".join(read.vowels).replace(":", "")))


@lru_cache(maxsize=1 << 16)
def vowels_apart(one: str, other: str) -> float:
    """Measure how far two ways of writing vowels are from each other at best."""
    if one == other:
        return 0.0
    return min(_distance(a, b) for a in _vowels_of(one) for b in _vowels_of(other))


@lru_cache(maxsize=1 << 14)
def _vowels_of(written: str) -> tuple[str, ...]:
    options = [_SOUNDS[found[0]] for found in _GRAPHEME.finditer(written)]
    return tuple(dict.fromkeys("".join(each).replace("-", "") for each in islice(product(*options), 100)))


def _distance(one: str, other: str) -> float:
    row = [0.0]
    for letter in other:
        row.append(row[-1] + _alone(letter))
    for wanted in one:
        before, alone = row, _alone(wanted)
        row = [before[0] + alone]
        for place, letter in enumerate(other):
            instead = 0.0 if wanted == letter else _NEAR.get(frozenset((wanted, letter)), _OTHER)
            row.append(min(before[place] + instead, before[place + 1] + alone, row[-1] + _alone(letter)))
    return row[-1]


def _alone(vowel: str) -> float:
    return _LEFT_OUT_SHORT if vowel in _SHORT else _LEFT_OUT
