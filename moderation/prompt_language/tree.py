"""A prompt as a tree of values. `str` writes a tree so that parsing it gives the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

WEIGHT_LIMIT = 10.0
"""The most that words can weigh, positive or negative: nothing sensible is drawn beyond."""

_SIGNS = re.compile(r"[\\()\[\]<|:!—]|(?<=\+)\+|(?<=-)-|\b(?:AND|BREAK)\b")


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they are drawn, without escapes."""

    text: str

    def __str__(self) -> str:
        return _SIGNS.sub(r"\\\g<0>", self.text)


@dataclass(frozen=True, slots=True)
class Weighted:
    """`(a)`, `(a:1.3)`, `[a]`, `a!`, `a++`: `weight` multiplies those around it."""

    parts: Parts
    weight: float

    def __str__(self) -> str:
        return f"({written(self.parts)}:{number(self.weight)})"


@dataclass(frozen=True, slots=True)
class Switch:
    """`[before:after:when]`: one for the steps before `when`, the other from then on.

    With a dot, as in 0.5 and 1.0, `when` is a share of all steps, and a number of steps without: A1111 reads
    it so, in `visit_scheduled` of its modules/prompt_parser.py.
    """

    before: Parts
    after: Parts
    when: float
    is_share: bool

    def __str__(self) -> str:
        when = number(self.when)
        dot = ".0" if self.is_share and "." not in when else ""
        return f"[{written(self.before)}:{written(self.after)}:{when}{dot}]"


@dataclass(frozen=True, slots=True)
class Alternate:
    """`[a|b|c]`: the next one at every step, over and over."""

    options: tuple[Parts, ...]

    def __str__(self) -> str:
        return f"[{'|'.join(map(written, self.options))}]"


@dataclass(frozen=True, slots=True)
class Break:
    """`BREAK`: what follows begins a new chunk of 75 tokens. The spaces around it are dropped."""

    def __str__(self) -> str:
        return " BREAK "


@dataclass(frozen=True, slots=True)
class Lora:
    """`<lora:name:0.8>`: a LoRA and how strongly it is applied to the whole picture.

    `weight` is that in the network that draws, and in the text towers too unless `text_weight` says another
    one. `unread` are the fields that mean nothing here.
    """

    name: str
    weight: float
    text_weight: float | None = None
    unread: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = "" if self.text_weight is None else f"{number(self.text_weight)}:"
        return f"<lora:{self.name}:{text}{number(self.weight)}{''.join(f':{each}' for each in self.unread)}>"


@dataclass(frozen=True, slots=True)
class Embedding:
    """`<name>`: an embedding made by textual inversion, in the place of a word."""

    name: str

    def __str__(self) -> str:
        return f"<{self.name}>"


Node = Text | Weighted | Switch | Alternate | Break | Lora | Embedding
Parts = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the prompts that `AND` composes, and its weight among them."""

    parts: Parts
    weight: float = 1.0

    def __str__(self) -> str:
        return written(self.parts) + ("" if self.weight == 1 else f":{number(self.weight)}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """At least one branch; a single one weighs 1."""

    branches: tuple[Branch, ...] = field(default=(Branch(()),))

    def __str__(self) -> str:
        return " AND ".join(map(str, self.branches))


def inner(node: Node) -> tuple[Parts, ...]:
    """Give the parts of a node, side by side: one for a weight, several for a schedule, none for a leaf."""
    match node:
        case Weighted(parts, _):
            return (parts,)
        case Switch(before, after, _, _):
            return (before, after)
        case Alternate(options):
            return options
    return ()


def bounded(weight: float) -> float:
    """Clip a weight to the limit, and round it to four decimals: more than can be seen, few to write."""
    return round(min(max(weight, -WEIGHT_LIMIT), WEIGHT_LIMIT), 4) + 0.0


def written(parts: Parts) -> str:
    """Write parts one after the other."""
    return "".join(map(str, parts))


def number(value: float) -> str:
    """Write a number as short as its four decimals allow: 1.1, -1, 0.9091."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def joined(nodes: Iterable[Node]) -> Parts:
    """Join texts that lie side by side, and drop the spaces around each `BREAK`."""
    runs = [list(run) for _, run in groupby(nodes, key=lambda node: isinstance(node, Text))]
    parts: list[Node] = []
    for place, run in enumerate(runs):
        if not isinstance(run[0], Text):
            parts += run
            continue
        text = "".join(node.text for node in run if isinstance(node, Text))
        if place and isinstance(runs[place - 1][-1], Break):
            text = text.lstrip()
        if place + 1 < len(runs) and isinstance(runs[place + 1][0], Break):
            text = text.rstrip()
        if text:
            parts.append(Text(text))
    return tuple(parts)
