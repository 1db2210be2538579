"""A prompt as the words that a text encoder reads, each with its weight: the tree laid flat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from moderation.prompt_language.tree import (
    Break,
    Embedding,
    Node,
    Parts,
    Prompt,
    Text,
    Weighted,
    bounded,
    inner,
)


class Fragment(NamedTuple):
    """Words that stand together and have the same weight."""

    text: str
    weight: float = 1.0
    is_embedding: bool = False
    """Whether the text is the name of an embedding."""


Section: TypeAlias = tuple[Fragment, ...]
"""What stands before, between or after each `BREAK`."""


def sections(parts: Parts) -> tuple[Section, ...]:
    """Flatten parts into at least one section; the weight of words is the product of all around them."""
    found: list[list[Fragment]] = [[]]
    for leaf, weight in leaves(parts):
        if isinstance(leaf, Break):
            found.append([])
        elif text := _text(leaf):
            found[-1].append(Fragment(text, weight, isinstance(leaf, Embedding)))
    return tuple(map(tuple, found))


def turned_text(prompt: Prompt) -> str:
    """Give the words that weights below zero turn into their opposite at any step, with commas between them.

    In a prompt they say what the picture shall not show, in a negative prompt what it shall.
    """
    turned = (
        _text(leaf)
        for branch in prompt.branches
        for leaf, weight in leaves(branch.parts)
        if weight < 0 or branch.weight < 0
    )
    return ", ".join(text for text in turned if text.strip())


def plain(parts: Parts) -> str:
    """Reduce parts to their words; a `BREAK` becomes a space."""
    return "".join(_text(leaf) for leaf, _ in leaves(parts))


def leaves(parts: Parts, weight: float = 1.0) -> Iterator[tuple[Node, float]]:
    """Give every node that is not made of parts, on all sides of all schedules, with its weight."""
    for node in parts:
        sides = inner(node)
        if not sides:
            yield node, weight
        for side in sides:
            yield from leaves(side, bounded(weight * node.weight) if isinstance(node, Weighted) else weight)


def _text(leaf: Node) -> str:
    match leaf:
        case Text(text):
            return text
        case Embedding(name):
            return name
        case Break():
            return " "
    return ""
