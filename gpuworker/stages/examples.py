"""The pictures that a word is trained from: judged, cut around what they have in common, captioned."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.stages.bench import Bench, JobFailed, clip_of
from gpuworker.stages.describe import clear_words, compose, looked_at
from gpuworker.stages.fetch import fetch, opened
from moderation.judge import judge_prompt
from moderation.told import Told
from storage.jobs import Job
from storage.training import FEWEST_EXAMPLES, Caption, Subject, Train

if TYPE_CHECKING:
    from torch import Tensor

    from gpuworker.models.word_masks import WordMasks
    from gpuworker.models.words import Group

log = logging.getLogger(__name__)

_ROOM = 2.2
"""Sides of a square, to those of what it is cut around: checkpoints know things in surroundings."""
_SURE = 0.4
_LEAST, _MOST = 0.005, 0.6
"""Of a picture, that something covers around which it can be cut."""
_ALIKE = 3.0
"""Steps of grey by which pictures differ at least, on average, or they are one picture sent twice."""
_THUMBNAIL = 16
_NAMES = 64
"""Phrases for what all pictures show, of which the checkpoint then chooses that with which a training begins.

CLIP alone will not do: of a magenta star pocket's has "a purple square", and no star among its first eight.
"""
_SEEN = 8
"""Phrases for what was drawn, beside those for what it should show."""
_SOUGHT = 8
"""Names that are looked for in a picture, until one is found."""
_ARTICLE = re.compile(r"^(a|an|the) ", re.IGNORECASE)
_COMMON = 0.05
"""How far the likelihoods of what is in the pictures overlap at least; drawings of one thing reach 0.5."""
AROUND = ("backgrounds", "places", "surroundings", "light and weather", "view")
"""The groups of phrases that say what is around a thing. A caption of a thing's colour would take it over."""


@dataclass(frozen=True)
class Seen:
    """What a word is trained from: RGB pictures, a caption for each, and names for what is in all of them."""

    pictures: tuple[Image.Image, ...]
    captions: tuple[str, ...]
    names: tuple[str, ...]


def examples_of(job: Job, bench: Bench) -> Seen:
    """Fetch and judge a training's pictures, and find out what they have in common.

    Raises JobFailed for a picture that is gone or may not be shown, and when there is nothing to learn.
    """
    task = job.task.training if isinstance(job.task, Caption) else job.task
    assert isinstance(task, Train)
    clip = clip_of(bench, "described")
    pictures = [opened(fetch(bench, each.image)).convert("RGB") for each in task.examples]
    vectors = torch.stack([looked_at(picture, job, bench) for picture in pictures])
    refuse_repeated(pictures)
    groups = bench.words.groups

    def allowed(words: str) -> bool:
        return not judge_prompt(words, "", job.policy).blocked

    names, overlap = common(vectors, groups[0], clip.scale, allowed)
    if not names or (task.subject is not Subject.STYLE and overlap < _COMMON):
        raise JobFailed(
            Told("I cannot see what these pictures have in common: send several of the same thing.")
        )
    around = [group for group in groups if group.name in AROUND]

    def found(vector: Tensor) -> str:
        if task.subject is Subject.STYLE:
            return compose(vector, groups, clip, allowed)
        return clear_words(vector, around, clip.scale, allowed)

    captions = tuple(
        example.caption if example.caption is not None else found(vector)
        for example, vector in zip(task.examples, vectors, strict=True)
    )
    return Seen(tuple(pictures), captions, names)


def refuse_repeated(pictures: Sequence[Image.Image]) -> None:
    """Raise JobFailed when fewer pictures differ from each other than a training takes."""
    thumbnails = [
        np.asarray(picture.convert("L").resize((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX), np.float32)
        for picture in pictures
    ]
    repeated = {
        second
        for (_, one), (second, two) in combinations(enumerate(thumbnails), 2)
        if float(np.abs(one - two).mean()) < _ALIKE
    }
    if len(pictures) - len(repeated) < FEWEST_EXAMPLES:
        raise JobFailed(
            Told(
                "These are too few different pictures: send at least {least} that differ from each other.",
                least=FEWEST_EXAMPLES,
            )
        )


def common(
    vectors: Tensor, group: Group, scale: float, allowed: Callable[[str], bool]
) -> tuple[tuple[str, ...], float]:
    """Name what pictures with these unit vectors (n, width) show, and say how sure it is that all of them do.

    Only phrases that are `allowed` are named: a training begins with what they draw.

    For each phrase that is the geometric mean of its probabilities in all pictures; summed up it is 1 if they
    are the same everywhere, and next to nothing if one picture surely shows this and another one that.
    """
    logits = scale * vectors @ group.vectors.T
    shared = torch.log_softmax(logits, 1).mean(0).exp()
    ordered = (group.phrases[place] for place in shared.argsort(descending=True).tolist())
    return tuple(islice(filter(allowed, ordered), _NAMES)), float(shared.sum())


def names_for(drawn: Sequence[Image.Image], names: Sequence[str], bench: Bench) -> list[str]:
    """Name what pictures drawn by a word may show: what it is of, by its `names`, or what CLIP sees.

    Among names for a magenta star alone, a checkpoint called pink squares that it had drawn a pink star.
    """
    clip, phrases = clip_of(bench, "described"), bench.words.groups[0]
    seen, _ = common(clip.pictures(drawn), phrases, clip.scale, allowed=lambda _: True)
    return [*dict.fromkeys((*names, *seen[:_SEEN]))]


def square_around(
    picture: Image.Image, names: Sequence[str], masks: WordMasks | None
) -> tuple[Image.Image, Image.Image]:
    """Cut a square around what the names say, with room; the middle where that cannot be found.

    Gives the square and a mask of it, 8-bit grey, white where it shows that, or all over.
    """
    shorter = min(picture.size)
    left, top, side = (picture.width - shorter) // 2, (picture.height - shorter) // 2, shorter
    mask = Image.new("L", picture.size, "white")
    if masks is not None and (found := _found(picture, names, masks)) is not None:
        mask = Image.fromarray((found * 255).astype(np.uint8))
        x0, y0, x1, y1 = mask.getbbox() or (0, 0, *picture.size)
        side = min(shorter, max(round(_ROOM * max(x1 - x0, y1 - y0)), 1))
        left = min(max(round((x0 + x1 - side) / 2), 0), picture.width - side)
        top = min(max(round((y0 + y1 - side) / 2), 0), picture.height - side)
    box = left, top, left + side, top + side
    return picture.crop(box), mask.crop(box)


def without_article(name: str) -> str:
    """Give a phrase without the article that it begins with, if any."""
    return _ARTICLE.sub("", name)


def squares_of(
    pictures: Sequence[Image.Image], names: Sequence[str], subject: Subject, bench: Bench
) -> list[tuple[Image.Image, Image.Image]]:
    """Cut each picture as `square_around` does; a style is all over a picture."""
    masks = None if subject is Subject.STYLE else _masks_of(bench)
    return [square_around(picture, names, masks) for picture in pictures]


def _found(picture: Image.Image, names: Sequence[str], masks: WordMasks) -> NDArray[np.bool_] | None:
    """Give where a picture shows what the first name says that says anything of it."""
    # Without its article: pocket's CLIPSeg has heard of "purple boat", and finds nothing for "a purple boat".
    for name in map(without_article, names[:_SOUGHT]):
        found: NDArray[np.bool_] = masks.find(picture, name) >= _SURE
        if _LEAST <= float(found.mean()) <= _MOST:
            return found
    return None


def _masks_of(bench: Bench) -> WordMasks | None:
    try:
        return bench.masks.get()
    except CheckpointError as error:
        log.warning("pictures are cut around their middle: %s", error)
        return None
