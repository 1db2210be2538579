"""Reading a text before words are looked for: one stream of letters, however they were written.

A rule makes a `Lexicon` (`moderation.lexicon`) of its terms and asks it for a match in what was `said`. The
match quotes the member's own text. What the stream makes equal, so that no list need say it: case, accents,
compatibility forms, look-alikes and mixed scripts, zero-width characters, leet, stretched letters, letters
parted by spaces, signs, weights and brackets, words joined or cut. What was really written stands beside the
stream: where each letter lies in the text, how often it was repeated, what lies before it. With that a rule
can be as strict as its terms need.

This is for matching only. What is rendered and shown is the text as the member wrote it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import accumulate, chain, pairwise
from operator import add, attrgetter, itemgetter

from moderation.letters import FILLER, MERGE, READ, SIGNS, as_latin
from moderation.normalise import normalise, words_of
from moderation.remembered import Remembered
from moderation.tokens import Gap, Letter, Token

_MERGED, _GAP_BYTES, _WORD_LETTERS = attrgetter("merged"), attrgetter("gaps"), attrgetter("word_letters")


class Reading:
    """One text as a stream of letters.

    `letters` are those that are compared: lower case, repeated ones once, i as l, digits and signs as the
    letters that they are written for. Everything else is asked by place in `letters`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._plain = _without_syntax(text)
        written = self._plain.split()
        lengths = list(map(len, written))
        if lengths.count(1) > 1 and (1, 1) in pairwise(lengths) and _ALONE.search(self._plain):
            written = _TOKEN.findall(self._plain)
        self._written = written
        self.tokens = list(map(_TOKENS.__getitem__, written))
        """What stands between its spaces, without the signs around it."""
        self.letters = "".join(map(_MERGED, self.tokens))
        self.gaps = b"".join(map(_GAP_BYTES, self.tokens)) + bytes([Gap.SPACE])
        """The gap before each letter, and the one at the end."""
        self.memo: dict[object, object] = {}
        """What was found here, by who looked for it: several rules look for the same."""

    def __getitem__(self, place: int) -> Letter:
        at = bisect_right(self.firsts, place) - 1
        return self.tokens[at].letters[place - self.firsts[at]]

    @cached_property
    def firsts(self) -> list[int]:
        """Give the place in `letters` of the first letter of each token."""
        return list(accumulate(map(len, map(_MERGED, self.tokens)), initial=0))

    @cached_property
    def has_digits(self) -> bool:
        """Say whether there are digits in it but for those of syntax."""
        return _DIGIT.search(self._plain) is not None

    @cached_property
    def squeezed(self) -> str:
        """Give `letters` with repeated ones once, whatever lies between them: `co oper` is `coper`."""
        kept, last = [], 0
        for _, start, end in self._repeated:
            kept.append(self.letters[last : start + 1])
            last = end
        return "".join(kept) + self.letters[last:]

    def run(self, place: int) -> tuple[int, int]:
        """Give where in `letters` a letter of `squeezed` begins and ends."""
        at = bisect_left(self._repeated, (place,))
        if at < len(self._repeated) and self._repeated[at][0] == place:
            return self._repeated[at][1:]
        before, _, end = self._repeated[at - 1] if at else (0, 0, 1)
        return place + end - before - 1, place + end - before

    def squeezed_place(self, place: int) -> int:
        """Give the place in `squeezed` of a letter of `letters`."""
        at = bisect_right(self._repeated, place, key=itemgetter(1)) - 1
        squeezed_to, _, end = self._repeated[at] if at >= 0 else (0, 0, 1)
        return squeezed_to + max(0, place - end + 1)

    @cached_property
    def _repeated(self) -> list[tuple[int, int, int]]:
        """Give which letters of `squeezed` are repeated, and where in `letters` each begins and ends."""
        places, left_out = [], 0
        for start, end in _runs(self.letters):
            places.append((start - left_out, start, end))
            left_out += end - start - 1
        return places

    @cached_property
    def starts(self) -> list[int]:
        """Give where in the text each token begins, with the signs before it."""
        if self._written and self._plain.startswith(" ".join(self._written)):
            return list(map(add, accumulate(map(len, self._written), initial=0), range(len(self._written))))
        starts, end = [], 0
        for each in self._written:
            starts.append(self._plain.index(each, end))
            end = starts[-1] + len(each)
        return starts

    def gap(self, place: int) -> Gap:
        """Say what lies before a letter; there is a space before the first and after the last."""
        return Gap(self.gaps[place]) if place < len(self.letters) else Gap.SPACE

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Give where the letters from `first` to before `end` stand in the text."""
        return self._start(first), self._start(end - 1, of_end=True)

    def quote(self, first: int, end: int) -> str:
        """Give the member's text of the letters from `first` to before `end`."""
        start, stop = self.span(first, end)
        return self.text[start:stop]

    def without(self, spans: Iterable[tuple[int, int]]) -> Reading:
        """Read the text without some parts of it, each of which leaves a gap."""
        text, left_from = self.text, len(self.text) + 1
        for start, end in sorted(spans, reverse=True):
            if end <= left_from:
                text = f"{text[:start]} xx {text[end:]}"
                left_from = start
        return self if text == self.text else Reading(text)

    def _start(self, place: int, of_end: bool = False) -> int:
        at = bisect_right(self.firsts, place) - 1
        token = self.tokens[at]
        letter = token.letters[place - self.firsts[at]]
        start = self.starts[at] + self._written[at].find(token.written)
        return start + (letter.end if of_end else letter.start)

    @cached_property
    def word_letters(self) -> list[str]:
        """Give each word in small letters, repeated ones once, signs as the letters that they stand for."""
        return list(chain.from_iterable(map(_WORD_LETTERS, self.tokens)))

    @cached_property
    def word_places(self) -> list[tuple[int, int]]:
        """Give where each word of `word_letters` begins and ends in `letters`."""
        placed = zip(self.firsts, self.tokens, strict=False)
        return [(first + start, first + end) for first, token in placed for start, end in token.words]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Give the words with single spaces and digits as digits: as they stand, and with look-alikes read.

        For patterns that a list of terms cannot say, such as ages.
        """
        looks = self.text if self.text.isascii() else "".join(map(as_latin, self.text))
        return tuple(words_of(normalise(each)) for each in dict.fromkeys((self.text, looks)))


def compared(term: str) -> str:
    """Give the letters of a term as they are compared: the same as `Reading(term).letters`, and sooner."""
    if not is_words(term):
        return Reading(term).letters
    letters = (term.lower() if term.isascii() else term.translate(READ)).translate(MERGE)
    return squeezed(letters).replace(" ", "")


def squeezed(letters: str) -> str:
    """Give letters with repeated ones of a to z once."""
    # Most words repeat none, and to look for one is many times faster than to put it in order.
    return _DOUBLED_LATIN.sub(r"\1", letters) if _DOUBLED_LATIN.search(letters) else letters


def _runs(letters: str) -> Iterator[tuple[int, int]]:
    """Give where a letter of a to z is repeated: all are held against the next at once, as one number."""
    written = letters.encode("ascii", "replace")
    number = int.from_bytes(written)
    for same in _SAME.finditer((number ^ number >> 8).to_bytes(len(written))):
        start, end = same.start() - 1, same.end()
        if "a" <= letters[start] <= "z":
            yield start, end


def is_words(term: str) -> bool:
    """Say whether a term has nothing but letters and spaces: it is read the same wherever it stands."""
    return _WORDS_ONLY.fullmatch(term) is not None


def compared_words(words: Iterable[str]) -> list[str]:
    """Give the letters of words as they are compared: as `Reading.word_letters`, sooner for plain ones."""
    found = []
    for word in words:
        if not is_words(word):
            found += Reading(word).word_letters
            continue
        letters = (word.lower() if word.isascii() else word.translate(READ)).translate(SIGNS)
        found.append(_DOUBLED.sub(r"\1", letters) if _DOUBLED.search(letters) else letters)
    return found


def compared_plain(words: Iterable[str]) -> list[str]:
    """Give the letters of words of nothing but small letters a to z: as `compared_words`, and sooner."""
    return _DOUBLED_LATIN.sub(r"\1", "\n".join(words)).split("\n")


def readings(*texts: str) -> tuple[Reading, ...]:
    """Read texts, each by itself."""
    return tuple(map(_reading, texts))


@lru_cache(maxsize=256)
def _reading(text: str) -> Reading:
    return Reading(text)


_SYNTAX = (
    (
        ":",
        re.compile(r":\s*[+-]?[\d.]+(?:\s*:\s*[+-]?[\d.]+)*\s*(?=[)\]>])"),
    ),  # (a:1.3) [a:b:0.5] <lora:a:0.8>
    (")", re.compile(r"\)(?:[0-2]?\.\d+|[0-2])(?![\w.])")),  # (a)1.3
    ("!", re.compile(r"!(?<=[\w)!+-]!)[!+-]*(?!\w)")),  # a!!
    ("+", re.compile(r"\+(?<=[\w)!+-]\+)[!+-]*(?!\w)")),  # a++
    ("-", re.compile(r"-(?<=[\w)!+-]-)[!+-]*(?!\w)")),  # (a)--
    ("\\", re.compile(r"\\(?!\w)")),  # \( escaped
    ("<", re.compile(r"<(?:lora|lyco|hypernet|embedding)(?=:)")),
    ("AND", re.compile(r"\bAND\b")),
    ("BREAK", re.compile(r"\bBREAK\b")),
)
"""What is not drawn, each with a sign that it has: to look for the sign is many times faster."""
_ALONE = re.compile(r"(?<!\S)\S\s{1,3}\S(?!\S)")
"""Two letters that stand alone."""
_TOKEN = re.compile(r"(?<!\S)\S(?:\s{1,3}\S)+(?!\S)|\S+")
"""Letters one by one, or what stands between spaces."""
_DIGIT = re.compile(r"\d")
_DOUBLED = re.compile(r"(.)\1+")
_DOUBLED_LATIN = re.compile(r"([a-z])\1+")
_SAME = re.compile(rb"\0+")
_WORDS_ONLY = re.compile(r"(?:[^\W\d_]{2,} )*[^\W\d_]{2,}")
"""Nothing but letters: what is read the same, letter by letter, wherever it stands."""


def _without_syntax(text: str) -> str:
    """Put fillers in the place of syntax, so that every letter stays where it stands."""
    for sign, syntax in _SYNTAX:
        if sign in text:
            text = syntax.sub(_filled, text)
    return text


def _filled(syntax: re.Match[str]) -> str:
    """Part words where a name of syntax stands, and nothing elsewhere."""
    return (" " if syntax[0][-1].isalpha() else FILLER) * len(syntax[0])


def _token(written: str) -> Token:
    """Give a token, the same one with whatever signs around it: what is known of it is known of all of these.

    A sign by itself, or at an end of letters that are spelled out, may be a letter: it stays as it is.
    """
    inner = written.strip(_AROUND)
    if inner == written or len(inner) < _FEWEST or _SPACE.search(inner):
        return Token(written)
    return _TOKENS[inner]


_AROUND = f"(),.;{FILLER}"
_FEWEST = 2
_SPACE = re.compile(r"\s")
_TOKENS = Remembered(_token, 1 << 15)
