"""What a prompt says at each step, with its schedules resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moderation.prompt_language.fragments import plain
from moderation.prompt_language.tree import (
    Alternate,
    Node,
    Parts,
    Prompt,
    Switch,
    Weighted,
    inner,
    joined,
)

USUAL_STEPS = 20
"""Steps for which schedules are resolved if the number of steps is not known."""


def over_steps(prompt: Prompt, steps: int) -> list[Prompt]:
    """Resolve the schedules of a prompt for each of `steps` steps; equal results are one object."""
    schedules = [node for branch in prompt.branches for node in _schedules(branch.parts)]
    if not schedules:
        return [prompt] * steps
    by_sides: dict[tuple[int, ...], Prompt] = {}
    seen: dict[Prompt, Prompt] = {}
    moments = []
    for step in range(steps):
        sides = tuple(_side(node, step, steps) for node in schedules)
        if sides not in by_sides:
            now = _at(prompt, step, steps)
            by_sides[sides] = seen.setdefault(now, now)
        moments.append(by_sides[sides])
    return moments


def drawn_texts(prompt: Prompt, steps: int) -> list[str]:
    """List every text that is drawn at some step, once and without syntax; an `AND` has a text a branch."""
    moments = dict.fromkeys(over_steps(prompt, steps))
    return list(dict.fromkeys(plain(branch.parts) for now in moments for branch in now.branches))


def _at(prompt: Prompt, step: int, steps: int) -> Prompt:
    return Prompt(
        tuple(replace(branch, parts=_resolved(branch.parts, step, steps)) for branch in prompt.branches)
    )


def _resolved(parts: Parts, step: int, steps: int) -> Parts:
    return joined(_play(parts, step, steps))


def _play(parts: Parts, step: int, steps: int) -> Iterator[Node]:
    for node in parts:
        match node:
            case Weighted(held, weight):
                yield Weighted(_resolved(held, step, steps), weight)
            case Switch() | Alternate():
                yield from _play(inner(node)[_side(node, step, steps)], step, steps)
            case _:
                yield node


def _side(node: Switch | Alternate, step: int, steps: int) -> int:
    """Say which of its sides a schedule shows at a step."""
    if isinstance(node, Alternate):
        return step % len(node.options)
    first = int(node.when * steps) if node.is_share else int(node.when)
    return int(step >= first)


def _schedules(parts: Parts) -> Iterator[Switch | Alternate]:
    for node in parts:
        if isinstance(node, Switch | Alternate):
            yield node
        for side in inner(node):
            yield from _schedules(side)
