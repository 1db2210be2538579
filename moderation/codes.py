"""What a text says in codes that anybody can look up, and in words whose vowels are hidden.

The codes are markup (`moderation.markup`), entities and tags of HTML, the escapes of addresses and programs,
base64, the spelling alphabet, letters by what they are called, transcriptions, pig latin, and letters upside
down.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from urllib.parse import unquote

from moderation.letter_names import CERTAIN, spelled
from moderation.markup import unmarked

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});?", re.IGNORECASE)
_MIXED = re.compile(r"[A-Z](?<=[a-z0-9][A-Z])")
"""What texts in base64 have, and words mostly not: looked for first, as nearly all prompts have none."""
_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{6,}={0,2}(?![\w+/=-])")
_READABLE = re.compile(r"[A-Za-z][A-Za-z ,.'-]{3,}")
"""What is taken for words: most words that happen to be base64, too, are not decoded to such."""
_CALLED = (
    "alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliet|juliett|kilo|lima|mike|november|oscar|"
    "papa|quebec|romeo|sierra|tango|uniform|victor|whiskey|whisky|xray|yankee|zulu"
)
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})", re.IGNORECASE)
_HIDES = re.compile(r"[a-z](?:[a-z]*[*•_]+)+[a-z]*", re.IGNORECASE)
_HIDES_VOWELS = re.compile(r"[a-z][b-df-hj-np-tv-z*•_]*", re.IGNORECASE)
_HIDING = re.compile("[*•_]")
_INITIALS = frozenset(_CALLED.split("|"))
_NAMES_OF_LETTERS = _INITIALS | CERTAIN
_SPELLED = re.compile(rf"\b(?:{_CALLED})(?:[\s,.-]+(?:{_CALLED}))+\b", re.IGNORECASE)
_FEWEST = 4
"""Letters that are spelled out: "a hotel in india" spells none, and "oscar, mike and papa" are three men."""

_UPRIGHT = str.maketrans(
    dict(
        zip(
            "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎzıɓןʃᵷ∀Ɔ⅁ſ⋊⅂˥WԀᴚ⊥∩Λ⅄ƎℲM",
            "abcdefghijklmnopqrstuvwxyzigllgacgjkllmprtuvyefw",
            strict=True,
        )
    )
)
"""Letters that look like others that stand on their heads, and those others."""
_TURNED = re.compile("[ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎıɓןᵷ∀Ɔ⅁⋊⅂ᴚ⅄ƎℲ]")
_TOKEN = re.compile(r"\S+")
_TAG = re.compile("</?[a-z]{1,6} ?/?>", re.IGNORECASE)
_DIGIT_INSIDE = re.compile("[0-9](?<=[a-z][0-9])(?=[a-z])", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<![^\W_])([a-z]+)\d([a-z]+)\b(?<=\w{5})", re.IGNORECASE)
_GAP = re.compile(r"(?<=[^\W\d_])\?(?=[^\W\d_])")
"""What stands for a letter."""
_ONE_BY_ONE = re.compile(r"(?<!\S)\w(?: \w){3,}(?!\S)")
"""Letters that stand alone, some of which are to be guessed: `L E _ N`."""
_TRANSCRIBED = re.compile(r"[/\[]([^/\[\]]{3,60})[/\]]")
_SOUNDS = str.maketrans(
    dict(zip("ɒəɜʌɪɛɔʊɑɐæɡɹɾʁɲj", "oeeuieouaaagrrrny", strict=True))
    | {"ʃ": "sh", "θ": "th", "ð": "th", "ŋ": "ng", "ʒ": "zh", "ˈ": "", "ˌ": "", "ː": "", "ɝ": "er", "ɚ": "er"}
)
"""The letters of phonetic transcriptions, as English would write them."""
_VERSION = re.compile(r"(?<=[a-z])\d\.0\b", re.IGNORECASE)
"""What is said of the next of its kind: `robbie2.0`."""
_ADDED = re.compile(r"(?<=[a-z])\s(?:plus|\+)\s(?=[a-z])|\bspace,\s", re.IGNORECASE)
"""What adds one syllable to another: `mar plus got`."""
_SAID_TO_BE = re.compile(
    r"[\s,(]{0,3}(?:\b(?:whose|with|and|the|by|his|her)\s{1,3}){0,2}"
    r"(?:first|last|given|family|sur|fore)[\s-]?name(?:d|\s{1,3}(?:is|of))?\b[\s:]{0,3}",
    re.IGNORECASE,
)
"""What says which part of a name follows: `robbie, first name margot`."""
_MOVED = re.compile(r"\b([aeiou][a-z]{0,20}?)([b-df-hj-np-tv-xz]{1,8})ay\b", re.IGNORECASE)
_LAST_MOVED = re.compile(r"\b([aeiou][a-z]{0,24})([b-df-hj-np-tv-xz])ay\b", re.IGNORECASE)
_VOWEL_FIRST = re.compile(r"\b([aeiou][a-z]{2,24})[wyh]ay\b", re.IGNORECASE)
"""Words in pig latin, which begin with a vowel; of ordinary ones only some do, such as `array`."""
_ONSET = re.compile(
    "(?:s[pt]r|sch|scr|spl|thr|shr|[bcfgkp]l|[bcdfgkptw]r|s[cklmnpqtw]|[cpstw]h|tw|kn|qu|[a-z])$",
    re.IGNORECASE,
)
"""The longest consonants that an English word can begin with."""


def decoded(text: str) -> list[str]:
    """Give what a text says once its codes are read, each kind by itself; nothing where there are none."""
    read = list(unmarked(text))
    if "&" in text:
        read.append(_ENTITY.sub(lambda entity: html.unescape(entity[0]), text))
    if "%" in text:
        read.append(unquote(text))
    if "\\" in text:
        read.append(_ESCAPED.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), text))
    if _HIDING.search(text):
        read.append(_HIDES.sub(_without_signs, text))
    if not text.islower() and _MIXED.search(text):
        read.append(_BASE64.sub(_from_base64, text))
    names = _NAMES_OF_LETTERS.intersection(text.lower().replace(",", " ").replace("-", " ").split())
    if len(names) > 1 and len(names & _INITIALS) > 1:
        read.append(_SPELLED.sub(_from_alphabet, text))
    if len(names) > 1 and len(names & CERTAIN) > 1:
        read.append(spelled(text))
    if "<" in text:
        read.append(_TAG.sub("", text))
    if _DIGIT_INSIDE.search(text):
        read.append(_NUMBERED.sub(r"\1\2", text))
    if ".0" in text:
        read.append(_VERSION.sub("", text))
    if " plus " in text or " + " in text:
        read.append(_ADDED.sub("", text))
    if "?" in text or " _" in text or "_ " in text:
        read.append(_GAP.sub("*", _ONE_BY_ONE.sub(_joined, text)))
    if not text.isascii() and "ˈ" in text:
        read.append(_TRANSCRIBED.sub(lambda said: f" {said[1].translate(_SOUNDS)} ", text))
    if "name" in text:
        read.append(_SAID_TO_BE.sub(" ", text))
    # Turkish has the letter that is like an i upside down.
    if not text.isascii() and len(turned := _TURNED.findall(text)) > 1 and set(turned) != {"ı"}:
        read += [upright(text), _TOKEN.sub(lambda token: upright(token[0]), text)]
    if ("ay" in text or "AY" in text) and _MOVED.search(text):
        read += [_MOVED.sub(_moved_back, text), _LAST_MOVED.sub(r"\2\1", text), _VOWEL_FIRST.sub(r"\1", text)]
    return [each for each in dict.fromkeys(read) if each != text]


def upright(text: str) -> str:
    """Give a text that is written upside down as it reads once the page is turned round."""
    return text[::-1].translate(_UPRIGHT)


def _moved_back(word: re.Match[str]) -> str:
    """Read pig latin: the consonants that a word began with stand behind it, and an ay behind those."""
    begun = _ONSET.search(word[2])
    assert begun, "any consonant begins a word"
    return word[2][begun.start() :] + word[1] + word[2][: begun.start()]


def _joined(letters: re.Match[str]) -> str:
    return letters[0].replace(" ", "").replace("_", "*")


def _without_signs(word: re.Match[str]) -> str:
    """Leave out what stands for letters; `_` also parts words, so only where these have no vowels."""
    if "_" in word[0] and not _HIDES_VOWELS.fullmatch(word[0]):
        return word[0]
    return _HIDING.sub("", word[0])


def _from_base64(word: re.Match[str]) -> str:
    if not _MIXED.search(word[0]):
        return word[0]
    data = word[0].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        said = base64.b64decode(data + "=" * (-len(data) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return word[0]
    return said if _READABLE.fullmatch(said.strip()) else word[0]


def _from_alphabet(spelled: re.Match[str]) -> str:
    letters = [word[0].lower() for word in re.findall(_CALLED, spelled[0], re.IGNORECASE)]
    return "".join(letters) if len(letters) >= _FEWEST else spelled[0]
