"""How people came out in pictures: who has three arms is discarded, or rescued, before anyone sees it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.joint import Finder, Joint
from gpuworker.stages.bench import Bench
from gpuworker.stages.review import Made
from moderation.bodies import LOOKED_FROM, SAME_FROM, Body, bodies, countable
from moderation.findings import Finding, is_of_pocket_world
from moderation.policy import Anatomy
from moderation.rules.anatomy import found_wrong, of_bodies
from moderation.somebody import names_somebody
from storage.jobs import Imagine, Job

if TYPE_CHECKING:
    from gpuworker.models.yolo import Found

log = logging.getLogger(__name__)

FEWEST_STEPS = 6


def looked_at(
    made: Sequence[Made], job: Job, task: Imagine, texts: Sequence[str], bench: Bench
) -> list[Made]:
    """Give pictures of a task with what is wrong with the people in them, who are of `texts`.

    What no other rule keeps back may be discarded for it. Nobody looks where nobody shall or can, nor at what
    began as another picture: whoever is in that was there before. Nor at what took fewer than FEWEST_STEPS or
    asks for nobody: in blurs and in rocks, people are seen whom nobody drew.
    """
    strictness = job.policy.anatomy if task.anatomy is None else task.anatomy
    if strictness is Anatomy.OFF or task.start is not None or task.steps < FEWEST_STEPS:
        return list(made)
    figures = counter_of(bench, job.checkpoint) if names_somebody(texts) else None
    if figures is None:
        return list(made)
    seen = counted([each.image for each in made], texts, figures)
    return [_judged(each, those, strictness) for each, those in zip(made, seen, strict=True)]


def _judged(made: Made, seen: Sequence[Body], strictness: Anatomy) -> Made:
    made, verdict = replace(made, goofs=tuple(found_wrong(seen))), of_bodies(seen, strictness)
    if made.picture.verdict.blocked or not verdict.blocked:
        return made
    return replace(made, picture=made.picture.model_copy(update={"verdict": verdict}))


def counter_of(bench: Bench, checkpoint: str) -> Finder | None:
    """Give what counts figures' parts in the pictures of a checkpoint, if there is anything.

    The pocket world's detector has no say in any other world, of which it has seen nothing, nor have others
    in the pocket world where its own is there. What cannot be loaded has no say either, and the log says why.
    """
    drawn = is_of_pocket_world(checkpoint)
    chosen = bench.counters if bench.counters and not drawn else (bench.figures,)
    if any(each is None or (is_of_pocket_world(each.name) and not drawn) for each in chosen):
        return None
    try:
        figures = Joint([each.get() for each in chosen])
    except CheckpointError as error:
        log.error("nobody looks at anatomy: %s", error)
        return None
    return figures if countable(figures.names) else None


def counted(images: Sequence[Image.Image], texts: Sequence[str], detector: Finder) -> list[tuple[Body, ...]]:
    """Count the figures in each of these pictures, made from these texts, and their parts."""
    found = detector.find(images, LOOKED_FROM, SAME_FROM)
    return [
        bodies([_rounded(each) for each in things], detector.names, image.size, texts)
        for image, things in zip(images, found, strict=True)
    ]


def _rounded(found: Found) -> Finding:
    left, top, right, bottom = map(round, found.box)
    return Finding(label=found.label, score=found.score, box=(left, top, right, bottom))
