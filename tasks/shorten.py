"""A prompt taken apart into what can be left out of it, and put together without that."""

from __future__ import annotations

import re
from collections.abc import Sequence

from moderation.prompt_language.explanation import has_syntax
from moderation.prompt_language.parse import parse
from moderation.told import Told

FEWEST = 2
_OPEN, _CLOSED = "([{<", ")]}>"
_ESCAPED = re.compile(r"\\.")
"""Brackets that are words, as in the names of drawn characters."""


class NothingToShorten(ValueError):
    """The prompt is too short to be made shorter; the message is a sentence."""


def checked(prompt: str) -> str:
    """Give a prompt that can be taken apart. Raises NothingToShorten."""
    if not prompt.strip():
        raise NothingToShorten(Told("The prompt is empty. Please say what should be in the picture."))
    if len(pieces_of(prompt)) < FEWEST:
        if len(prompt.split()) >= FEWEST:
            raise NothingToShorten(
                Told(
                    "What stands in brackets stays together, so there is nothing to leave out of your prompt."
                )
            )
        raise NothingToShorten(Told("A single word cannot be made shorter: write a whole prompt."))
    return prompt


def pieces_of(prompt: str) -> list[str]:
    """Give the words of a prompt; what stands in brackets is one piece, with all that is in them."""
    pieces: list[str] = []
    depth = 0
    for word in prompt.split():
        if depth > 0:
            pieces[-1] = f"{pieces[-1]} {word}"
        else:
            pieces.append(word)
        signs = _ESCAPED.sub("", word)
        depth = max(0, depth + sum(map(signs.count, _OPEN)) - sum(map(signs.count, _CLOSED)))
    return pieces


def may_go(piece: str) -> bool:
    """Say whether a piece may be left out: what somebody weighted or put in brackets is meant to be there."""
    return piece not in ("AND", "BREAK") and not has_syntax(parse(piece))


def put_together(pieces: Sequence[str]) -> str:
    """Give a prompt of pieces, without commas that nothing stands between or before."""
    kept: list[str] = []
    for piece in pieces:
        if piece.strip(",") or (kept and not kept[-1].endswith(",")):
            kept.append(piece)
    return " ".join(kept).replace(" ,", ",").strip(" ,")


def left_out(pieces: Sequence[str], shorter: str) -> list[bool]:
    """Say of each piece whether it is missing in a shorter prompt that was put together from some of them."""
    rest, missing = [each.strip(",") for each in pieces_of(shorter)], []
    for piece in pieces:
        there = bool(rest) and rest[0] == piece.strip(",")
        missing.append(not there)
        if there:
            rest.pop(0)
    return missing
