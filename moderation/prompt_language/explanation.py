"""How a prompt was read, for whoever wants to see it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from moderation.prompt_language.fragments import Section, sections
from moderation.prompt_language.schedule import over_steps
from moderation.prompt_language.tree import Prompt, Text
from moderation.told import Told


@dataclass(frozen=True, slots=True)
class Composed:
    """One branch of an `AND`, or the whole prompt: its weight, and its words between the `BREAK`s."""

    weight: float
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """What is drawn at some of the steps, which are counted from 1."""

    steps: tuple[int, ...]
    branches: tuple[Composed, ...]


def explain(prompt: Prompt, steps: int) -> list[Moment]:
    """List every different prompt that is drawn in the course of `steps` steps, in order of appearance."""
    when: dict[Prompt, list[int]] = {}
    for step, now in enumerate(over_steps(prompt, steps), start=1):
        when.setdefault(now, []).append(step)
    return [
        Moment(
            tuple(those),
            tuple(Composed(branch.weight, sections(branch.parts)) for branch in now.branches),
        )
        for now, those in when.items()
    ]


def has_syntax(prompt: Prompt) -> bool:
    """Say whether a prompt is more than plain words."""
    return len(prompt.branches) > 1 or not all(isinstance(node, Text) for node in prompt.branches[0].parts)


def step_names(steps: tuple[int, ...]) -> str:
    """Write steps as people say them: `1 to 10`, `1, 3, 5 ... 19`, `7`."""
    if len(steps) > 2 and all(later == step + 1 for step, later in pairwise(steps)):
        return Told("{first} to {last}", first=steps[0], last=steps[-1])
    shown = [str(step) for step in steps]
    return ", ".join(shown) if len(shown) <= 4 else f"{', '.join(shown[:3])} ... {shown[-1]}"
