"""The best of several pictures: those that agree with what was asked for, and show nobody with three arms."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.stages.anatomy import counted, counter_of
from gpuworker.stages.bench import Bench, clip_of
from gpuworker.stages.review import Made
from gpuworker.stages.taste import taste_in
from moderation.prompt_language.fragments import sections
from moderation.prompt_language.parse import parse
from moderation.prompt_language.schedule import over_steps
from storage.events import Scores
from storage.jobs import Job

if TYPE_CHECKING:
    from torch import Tensor

    from gpuworker.models.aesthetics import Aesthetics
    from gpuworker.models.clip import Clip
    from gpuworker.models.joint import Finder
    from gpuworker.models.lazy import LazyModel, Model

log = logging.getLogger(__name__)

_WEIGHT = 2.0
"""What a wrong part costs, and a point of aesthetics earns, in CLIP's logits: a likelihood 7 times as large.

Of eight pictures of one prompt, the logits differ by about 2 from worst to best with the pocket CLIP, and by
about 5 with ViT-L/14, whose scale is 100.
"""


@dataclass(frozen=True)
class Judges:
    """Who says which of several pictures is best: a CLIP and, unless they are None, three others."""

    clip: Clip
    figures: Finder | None
    aesthetics: Aesthetics | None
    taste: Callable[[Tensor], list[float]] | None = None
    """What the member likes: it tells from CLIP's vectors by how many logits each is liked better."""


def judges_of(bench: Bench, job: Job) -> Judges:
    """Give a worker's judges for the pictures of a job. Raises JobFailed without a CLIP.

    Without one of the others the log says why, and it has no say; nor has a taste for what another CLIP sees.
    """
    clip, figures = clip_of(bench, "ranked"), counter_of(bench, job.checkpoint)
    aesthetics = None if bench.aesthetics is None else _had(bench.aesthetics, "aesthetics")
    return Judges(clip, figures, aesthetics, taste_in(job, bench.words))


def _had(model: LazyModel[Model], without: str) -> Model | None:
    try:
        return model.get()
    except CheckpointError as error:
        log.error("pictures are ranked without %s: %s", without, error)
        return None


def best_first(made: Sequence[Made], prompt: str, steps: int, judges: Judges) -> list[Made]:
    """Rank pictures of one prompt by their merit, and give them the scores that it is made of.

    That is a sum: the logit that CLIP gives to picture and words, less `_WEIGHT` for each part of a figure
    that is expected to be too many or missing, plus as much for each point of aesthetics, plus what the
    member's taste says. Logits are
    logarithms of likelihoods, so each judge multiplies how likely a picture is to be the one that was meant,
    and two pictures rank alike whatever else was made with them, which standardised scores would not give. A
    picture without figures loses nothing; where people were asked for, its agreement tells. Pictures of one
    merit stay in the order in which they were made. Those that moderation keeps back have no rank: they come
    last, as they were.
    """
    free = [each for each in made if not each.picture.verdict.blocked]
    if not free:
        return list(made)
    scores = _scored([each.image for each in free], wanted(prompt, steps), judges)
    ranked = [
        replace(each, picture=each.picture.model_copy(update={"scores": of_it}))
        for each, of_it in sorted(
            zip(free, scores, strict=True),
            key=lambda pair: merit(pair[1], judges.clip.scale),
            reverse=True,
        )
    ]
    return ranked + [each for each in made if each.picture.verdict.blocked]


def merit(scores: Scores, scale: float) -> float:
    """Give what a picture is ranked by, in logits of a CLIP of this scale (see `best_first`).

    Rounded, because equal pictures in one batch of a network differ in their last digits.
    """
    errors = sum(body.errors for body in scores.bodies or ())
    judged = _WEIGHT * ((scores.aesthetics or 0.0) - errors) + (scores.taste or 0.0)
    return round(scale * scores.agreement + judged, 3)


def _scored(images: Sequence[Image.Image], texts: Sequence[str], judges: Judges) -> list[Scores]:
    vectors = judges.clip.pictures(images)
    agreements = (vectors @ judges.clip.texts(texts).T).mean(1).tolist()
    figures = judges.figures
    seen = [None] * len(images) if figures is None else counted(images, texts, figures)
    liked = _liked(vectors, judges.aesthetics)
    tastes = [None] * len(images) if judges.taste is None else judges.taste(vectors)
    return [
        Scores(agreement=agreement, bodies=those, aesthetics=points, taste=taste)
        for agreement, those, points, taste in zip(agreements, seen, liked, tastes, strict=True)
    ]


def _liked(vectors: Tensor, aesthetics: Aesthetics | None) -> list[float | None]:
    nobody: list[float | None] = [None] * len(vectors)
    if aesthetics is None:
        return nobody
    try:
        return [*aesthetics.score(vectors).tolist()]
    except CheckpointError as error:
        log.error("pictures are ranked without aesthetics: %s", error)
        return nobody


def wanted(prompt: str, steps: int) -> list[str]:
    """Give what a finished picture should show, in words alone: a text for each branch of an `AND`.

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
