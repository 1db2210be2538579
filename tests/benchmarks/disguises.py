# ruff: noqa: E501 (tables, a row a line)
"""Disguises of names, made without a look at how they are recognised.

The tables here come from the Unicode database and from how people write; none is the matcher's.
"""

from __future__ import annotations

import random
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping

Disguise = Callable[[str, random.Random], str]

FRAMES = (
    "a portrait of {}",
    "{} at the beach",
    "photo of {}, 4k, detailed",
    "{} riding a horse, oil painting",
    "{}",
)


def _styled() -> list[Mapping[str, str]]:
    """Collect the alphabets of Unicode that are Latin letters in another style: bold, circled, wide."""
    alphabets: dict[str, dict[str, str]] = defaultdict(dict)
    for code in (
        *range(0x2460, 0x2500),
        *range(0xFF00, 0xFF60),
        *range(0x1D400, 0x1D6A4),
        *range(0x1F110, 0x1F18A),
    ):
        plain = unicodedata.normalize("NFKC", chr(code))
        name = unicodedata.name(chr(code), "")
        letter = plain.lower() if len(plain) == 1 else name[-1:].lower() if "LETTER" in name[-9:] else ""
        if len(letter) == 1 and letter.isascii() and letter.isalpha():
            alphabets[name[:-1].replace("CAPITAL", "SMALL")].setdefault(letter, chr(code))
    return [alphabet for alphabet in alphabets.values() if len(alphabet) == 26]


STYLED = _styled()
ACCENTED: dict[str, list[str]] = defaultdict(list)
for _code in range(0xC0, 0x250):
    _base = unicodedata.normalize("NFD", chr(_code))
    if len(_base) > 1 and _base[0].isascii() and _base[0].islower():
        ACCENTED[_base[0]].append(chr(_code))
ALIKE = {
    "a": "аα", "b": "ЬƄ", "c": "сϲ", "d": "ԁ", "e": "еҽ", "g": "ɡ", "h": "һ", "i": "іι", "j": "ј", "k": "κк", "l": "ӏ",
    "m": "м", "n": "ո", "o": "оοօ", "p": "рρ", "q": "ԛ", "r": "г", "s": "ѕ", "t": "т", "u": "υս", "v": "νѵ", "w": "ԝ",
    "x": "хχ", "y": "уγ", "z": "ᴢ",
}  # fmt: skip
LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1", "b": "8", "g": "9"}


def _styled_as(name: str, alphabet: Mapping[str, str]) -> str:
    return "".join(alphabet.get(letter, letter) for letter in name)


def _some(name: str, table: Mapping[str, str | list[str]], chance: random.Random, share: float = 0.5) -> str:
    places = [place for place, letter in enumerate(name) if letter in table]
    chosen = set(chance.sample(places, max(1, int(len(places) * share)))) if places else set()
    return "".join(chance.choice(table[c]) if place in chosen else c for place, c in enumerate(name))


def _cut(name: str, chance: random.Random) -> tuple[str, str]:
    place = chance.randint(2, len(name) - 2)
    return name[:place], name[place:]


def _typo(name: str, chance: random.Random) -> str:
    """Make one slip inside a word, after its first letter."""
    word = max(name.split(), key=len)
    place = chance.randint(1, len(word) - 2)
    slips = [
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place]
        + chance.choice("aeiou" if word[place] in "aeiou" else "bdfgklmnprst")
        + word[place + 1 :],
    ]
    return name.replace(word, chance.choice(slips), 1)


def _split(name: str, chance: random.Random) -> str:
    pieces, rest = [], name.replace(" ", "")
    while len(rest) > 4:
        size = chance.randint(2, 3)
        pieces.append(rest[:size])
        rest = rest[size:]
    return " ".join([*pieces, rest])


def _weighted(name: str, chance: random.Random) -> str:
    before, after = _cut(name, chance)
    return chance.choice(
        [f"({before}:1.2){after}", f"{before}({after})", f"(({before}))[{after}]", f"{before}({after})1.3"]
    )


def _scheduled(name: str, chance: random.Random) -> str:
    before, after = _cut(name, chance)
    return chance.choice(
        [
            f"[{before}|x]{after}",
            f"{before}[{after}:9]",
            f"{before}[x:{after}:0.2]",
            f"[{before}::0.9]{after}",
        ]
    )


DISGUISES: dict[str, Disguise] = {
    "plain": lambda name, chance: name,
    "capitals": lambda name, chance: name.upper(),
    "alternating capitals": lambda name, chance: "".join(c.upper() if i % 2 else c for i, c in enumerate(name)),
    "styled letters": lambda name, chance: _styled_as(name, chance.choice(STYLED)),
    "accents": lambda name, chance: _some(name, ACCENTED, chance),
    "marks": lambda name, chance: "".join(c + chance.choice(["\u0336", "\u0301", "\u0323", ""]) for c in name),
    "look-alikes": lambda name, chance: _some(name, ALIKE, chance),
    "all look-alikes": lambda name, chance: _some(name, ALIKE, chance, 1.0),
    "leet": lambda name, chance: _some(name, LEET, chance),
    "spaced": lambda name, chance: " ".join(name.replace(" ", "")),
    "widely spaced": lambda name, chance: "   ".join(name.replace(" ", "")),
    "signs between": lambda name, chance: chance.choice(".-_*/·~").join(name.replace(" ", "")),
    "emoji between": lambda name, chance: chance.choice("🌸✨🔥").join(name.replace(" ", "")),
    "stretched": lambda name, chance: "".join(c * chance.choice([1, 3, 4]) if c.isalpha() else c for c in name),
    "joined": lambda name, chance: name.replace(" ", ""),
    "joined by a sign": lambda name, chance: name.replace(" ", chance.choice("_-.+")),
    "split": _split,
    "weighted": _weighted,
    "scheduled": _scheduled,
    "BREAK": lambda name, chance: " BREAK ".join(name.split()),
    "AND": lambda name, chance: " AND ".join(name.split()),
    "reversed": lambda name, chance: name[::-1],
    "words reversed": lambda name, chance: " ".join(word[::-1] for word in name.split()),
    "possessive": lambda name, chance: name + "'s face",
    "last name first": lambda name, chance: f"{name.split()[-1]}, {' '.join(name.split()[:-1])}",
    "slip": _typo,
    "LoRA": lambda name, chance: f"<lora:{name.replace(' ', chance.choice(['', '_', '-']))}{chance.choice(['', 'V2', '_v1', '-sdxl'])}:0.8>",
    "embedding": lambda name, chance: f"<{name.replace(' ', chance.choice(['', '_', '-']))}>",
    "camel case": lambda name, chance: "".join(word.capitalize() for word in name.split()),
    "glued": lambda name, chance: f"{chance.choice(['my', 'the', 'xx', 'mr'])}{name.replace(' ', '')}{chance.choice(['', 'xx', 'fan'])}",
    "quoted": lambda name, chance: f"“{name.title()}”",
    "leet and spaces": lambda name, chance: " ".join(_some(name.replace(" ", ""), LEET, chance)),
    "look-alikes and signs": lambda name, chance: ".".join(_some(name.replace(" ", ""), ALIKE, chance)),
}  # fmt: skip
"""Ways to write a full name in small Latin letters so that a reader, or a text encoder, still reads it."""
