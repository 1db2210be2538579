"""Words that a text has only for those who decipher it: by numbers, in Morse, in initials, in pieces.

No text tower draws most of it, but who reads the prompt beside the picture understands. Each kind is looked
for where a cheap test says that there may be any, and what merely somebody's instructions make a word, such
as initials, where the text speaks of that.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from itertools import chain

_FEWEST = 4
"""Letters of a word that is deciphered."""
_DIGIT = re.compile(r"\d(?<![:.\d]\d)")
"""A digit that is of no weight."""
_HEX = re.compile(r"(?<![0-9a-z])(?:0x)?((?:[0-9a-f]{2}[\s,:-]?){4,})(?![0-9a-z])", re.IGNORECASE)
_BINARY = re.compile(r"(?<!\d)[01]{7,8}(?:[\s,]{0,2}[01]{7,8}){3,}(?!\d)")
_NUMBERS = re.compile(r"(?<![\d.:])\d{1,3}(?:[\s,.;/-]{1,3}\d{1,3}){3,}(?![\d.])")
_COUNTED = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four twenty-five twenty-six
"""
_COUNT = {word: chr(ord("a") + place) for place, word in enumerate(_COUNTED.split())}
_COUNTING = re.compile(
    rf"\b(?:{'|'.join(sorted(_COUNT, key=len, reverse=True))})\b(?![\s-]?(?:one|two|three|four|five|six)\b)",
    re.IGNORECASE,
)
_DOTS = ".·•∙"
_DASHES = "–—−_-"
_MORSE = re.compile(rf"(?<!\S)[{_DOTS}{_DASHES}]{{1,5}}(?:[ /]{{1,3}}[{_DOTS}{_DASHES}]{{1,5}}){{3,}}(?!\w)")
_CALLED = """
    .- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..-
    -.-- --..
"""
_SIGNALS = {signal: chr(ord("a") + place) for place, signal in enumerate(_CALLED.split())}
_AS_MORSE = str.maketrans(_DOTS + _DASHES, "." * len(_DOTS) + "-" * len(_DASHES))
_BRAILLE = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"
_RAISED = re.compile(f"[{_BRAILLE}]{{2,}}")
_DICTATED = re.compile(
    r"(?<![^\W_])([a-z])['\"’]?\s{0,2}(?:=|:|-|(?:is |)(?:as in|like|for)|wie(?: in)?|comme|como)"
    r"\s{1,2}(?:an? |the )?['\"‘“]?(\1\w+)",
    re.IGNORECASE,
)
_DICTATING = (" as in ", " like ", " for ", " = ", " wie ", " comme ", " como ")
_DICTATED_FROM = 3
_QUOTED = re.compile(r"[\"'“”„‘’«]([^\W\d_]{1,12})[\"'“”‘’»](?!\s?:)")
_ASSIGNED = re.compile(r"(?<![^\W_])[a-z]\s?(?:=|:=|\bis\b)\s?([^\W\d_]{1,12})(?!\w)", re.IGNORECASE)
_CONTINUED = re.compile(
    r"\b(?:begin|start|end|continue|follow|add|append|finish)(?:s|ed|es|ing)?\s(?:with\s|by\s|on\s)?"
    r"(?:the (?:syllable|letters?)\s)?([^\W\d_]{1,8})\b",
    re.IGNORECASE,
)
_IN_CAPITALS = re.compile(r"(?<!\w)[A-Z]{2,12}(?!\w)")
_PIECES: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (_QUOTED, lambda text: True),
    (_ASSIGNED, lambda text: "=" in text or text.count(" is ") > 1),
    (_CONTINUED, lambda text: "begin" in text or "start" in text),
    (_IN_CAPITALS, lambda text: not text.islower()),
)
"""What a word may be put together of, and where that is worth looking for."""
_FILLED_FROM, _FILLED_AGAIN_FROM = 9, 5
"""Characters of a word that shows that words are filled, and of the others that are."""
_NO_FILLERS = "aeiou"
"""What each second letter of words is anyway: `banana`."""
_TOLD_OF_INITIALS = ("initial", "acrost", "first letter", "buchst", "inizial", "inicia", "lettres")
_TOLD_OF_CAPITALS = ("capital", "caps", "upper", "mayús", "majus", "maius")
_TOLD_OF_SHIFT = ("rot13", "rot-13", "rot 13", "atbash", "a=z")
_TOLD_TO_LEAVE_OUT = (" every ", " all ", " each ", "letter")
_LEAVE_OUT = re.compile(
    r"\b(?:delete|ignore|remove|drop|skip|omit|without|minus|take out|leave out|cross out)\s"
    r"(?:(?:every|all|each|any|the|letters?)\s){1,3}['\"“]?([a-z])(?:['’]?s)?(?!\w)",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[.:;!?()\n]|\s[-–—]\s")
_INITIAL = re.compile(r"(?<![^\W_])[^\W\d_](?<!['’]\w)")
_MIRRORED = str.maketrans("abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba")


def deciphered(text: str) -> list[str]:
    """Give what can be deciphered in a text, each kind by itself, without what stands around it."""
    found = chain.from_iterable(kind(text) for kind in _KINDS)
    return list(dict.fromkeys(each for each in found if len(each) >= _FEWEST))


def _in_numbers(text: str) -> Iterator[str]:
    if not _DIGIT.search(text):
        return
    for found in _HEX.finditer(text):
        yield _of_codes(bytes.fromhex(re.sub("[^0-9a-fA-F]", "", found[1])))
    for found in _BINARY.finditer(text):
        bits = re.findall("[01]{7,8}", re.sub(r"[\s,]", "", found[0]) if " " not in found[0] else found[0])
        yield _of_codes([int(each, 2) for each in bits])
    for found in _NUMBERS.finditer(text):
        numbers = list(map(int, re.findall(r"\d+", found[0])))
        yield _of_codes(numbers)
        if all(0 < number <= len(_COUNT) for number in numbers):
            yield "".join(chr(ord("a") - 1 + number) for number in numbers)


def _of_codes(codes: bytes | list[int]) -> str:
    """Give the letters that have these numbers in ASCII; nothing where any is none."""
    letters = "".join(chr(code) for code in codes if code < 0x80)
    return letters if len(letters) == len(codes) and re.fullmatch("[a-zA-Z .,'-]+", letters) else ""


def _in_words_for_numbers(text: str) -> Iterator[str]:
    lowered = text.casefold()
    if "letter" in lowered or "alphabet" in lowered or "abc" in lowered:
        yield "".join(_COUNT[found.casefold()] for found in _COUNTING.findall(lowered))


def _in_signals(text: str) -> Iterator[str]:
    may_be = "-" in text and (" ." in text or " -" in text or text[:1] in _DOTS + _DASHES)
    for found in _MORSE.finditer(text) if may_be or not text.isascii() else ():
        signals = re.split("[ /]+", found[0].translate(_AS_MORSE))
        yield "".join(_SIGNALS.get(signal, "") for signal in signals)
    if not text.isascii() and (raised := _RAISED.findall(text)):
        yield "".join(chr(ord("a") + _BRAILLE.index(sign)) for sign in "".join(raised))


def _dictated(text: str) -> Iterator[str]:
    if any(text.count(each) >= _DICTATED_FROM for each in _DICTATING):
        yield "".join(letter for letter, _ in _DICTATED.findall(text))


def _in_pieces(text: str) -> Iterator[str]:
    for pieces in (pattern.findall(text) for pattern, may_be in _PIECES if may_be(text)):
        if len(pieces) > 1:
            yield "".join(pieces)
    words = text.split()
    # Almost all words are too short, or have other letters in the second place and in the fourth.
    if any(map(_is_filled, [word for word in words if len(word) >= _FILLED_FROM and word[1] == word[3]])):
        yield " ".join(word[::2] for word in words if len(word) >= _FILLED_AGAIN_FROM and _is_filled(word))


def _is_filled(word: str) -> bool:
    """Say whether each second letter is the same, as in `k0i0m`."""
    filler = word[1]
    return filler not in _NO_FILLERS and set(word[1:-1:2]) == {filler}


def _as_told(text: str) -> Iterator[str]:
    """Read as the text says that it is to be read."""
    lowered = text.casefold()

    def told(of: tuple[str, ...]) -> bool:
        return any(each in lowered for each in of)

    if told(_TOLD_OF_INITIALS):
        clauses = ["".join(_INITIAL.findall(clause)) for clause in _CLAUSES.split(lowered)]
        yield from clauses
        yield "".join(clauses)
    if told(_TOLD_OF_CAPITALS):
        yield "".join(filter(str.isupper, text))
    if told(_TOLD_OF_SHIFT):
        yield codecs.encode(text, "rot13")
        yield lowered.translate(_MIRRORED)
    if told(_TOLD_TO_LEAVE_OUT) and (left_out := _LEAVE_OUT.search(text)):
        yield re.sub(left_out[1], "", text[: left_out.start()] + text[left_out.end() :], flags=re.IGNORECASE)


_KINDS: tuple[Callable[[str], Iterator[str]], ...] = (
    _in_numbers,
    _in_words_for_numbers,
    _in_signals,
    _dictated,
    _in_pieces,
    _as_told,
)
