"""The best of several pictures: those that agree most with what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from gpuworker.stages.review import Made
from moderation.prompt_language.fragments import sections
from moderation.prompt_language.parse import parse
from moderation.prompt_language.schedule import over_steps

if TYPE_CHECKING:
    from gpuworker.models.clip import Clip


def best_first(made: Sequence[Made], prompt: str, steps: int, clip: Clip) -> list[Made]:
    """Rank pictures by their agreement with what the prompt says of them, which each is given.

    Those that moderation keeps back have no rank: they come last, as they were.
    """
    free = [each for each in made if not each.picture.verdict.blocked]
    if not free:
        return list(made)
    agreements = (clip.pictures([each.image for each in free]) @ clip.texts(wanted(prompt, steps)).T).mean(1)
    ranked = [
        replace(each, picture=each.picture.model_copy(update={"agreement": agreement}))
        for each, agreement in zip(free, agreements.tolist(), strict=True)
    ]
    ranked.sort(key=attrgetter("picture.agreement"), reverse=True)
    return ranked + [each for each in made if each.picture.verdict.blocked]


def wanted(prompt: str, steps: int) -> list[str]:
    """What a finished picture should show, in words alone: a text for each branch of an `AND`.

    Of a schedule that is what it says at the last step; words that are kept out by a weight below zero, or
    weigh nothing, are left out. Where nothing is left, the prompt as it is written.
    """
    (*_, last) = over_steps(parse(prompt), steps)
    texts = [
        " ".join(
            "".join(fragment.text for fragment in section if fragment.weight > 0).strip()
            for section in sections(branch.parts)
        )
        for branch in last.branches
        if branch.weight > 0
    ]
    return [text for text in map(_one_spaced, texts) if text] or [prompt]


def _one_spaced(text: str) -> str:
    return " ".join(text.split())
