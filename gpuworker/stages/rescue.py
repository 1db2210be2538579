"""What can be kept of a picture with somebody drawn wrong: all but the bad part, painted anew or cut off."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from PIL import Image, ImageDraw

from gpuworker.stages.bench import Bench
from gpuworker.stages.review import Made, detector_of, judged, put, stored
from gpuworker.stages.second_try import Make, other_noise
from moderation.bodies import Box, Goof
from moderation.pictures import Detector
from storage.jobs import Imagine, Job
from storage.recipe import Recipe
from storage.starts import Mask

_MARGIN = 0.04
"""Of the picture's shorter side, by which the bad part is taken larger than its boxes."""
_LEAST_KEPT = 0.4
"""Of a picture, less of which is not worth keeping."""
_LARGEST_BAD = 0.6
"""Of a picture, more of which is better made anew as a whole."""


def rescued(made: Made, number: int, *, task: Imagine, job: Job, bench: Bench, make: Make) -> Made | None:
    """Rescue a picture of a task as its member chose, in the try of that number; None if that cannot be.

    What was painted again may be no better. Raises JobFailed, and what `make` raises.
    """
    match task.rescue:
        case "crop":
            return cropped(made, job, detector_of(bench))
        case "inpaint":
            wish = to_inpaint(made, task, number, job, bench)
            return None if wish is None else make(wish, number)[0].instead_of(made)
    return None


def to_inpaint(made: Made, task: Imagine, number: int, job: Job, bench: Bench) -> Imagine | None:
    """Give the task that paints the bad part of a picture again, in the try of that number.

    None if that is most of the picture. The picture and its mask are stored, so that the recipe can be made
    again. Raises JobFailed when they cannot be.
    """
    size = made.image.size
    bad = bad_part(made.goofs, size)
    if _area(bad) > _LARGEST_BAD * size[0] * size[1]:
        return None
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle((bad[0], bad[1], bad[2] - 1, bad[3] - 1), fill=255)
    file = io.BytesIO()
    mask.save(file, "PNG")
    start = Mask(image=stored(made, job, bench), mask=put(bench, job, file.getvalue()))
    recipe = made.picture.recipe
    assert isinstance(recipe, Recipe)
    noise = other_noise(recipe.noise, number)
    return task.model_copy(update={"noises": (noise,), "best": None, "start": start})


def cropped(made: Made, job: Job, detector: Detector) -> Made | None:
    """Keep the largest part of a picture in which nobody is wrong; None if that is too little of it.

    It is looked at like any other picture: what is large in it was small before.
    """
    size, recipe = made.image.size, made.picture.recipe
    assert isinstance(recipe, Recipe)
    crop = max(_beside(bad_part(made.goofs, size), size), key=_area)
    if _area(crop) < _LEAST_KEPT * size[0] * size[1]:
        return None
    part = made.image.crop(crop)
    kept = judged(part, recipe.model_copy(update={"crop": crop}), job, detector)
    return kept.instead_of(made)


def bad_part(goofs: Sequence[Goof], size: tuple[int, int]) -> Box:
    """Give the box around all that is wrong in a picture of that size, and a little more."""
    severe = [goof for goof in goofs if goof.severe]
    boxes = [box for goof in severe or goofs for box in goof.boxes]
    margin = round(_MARGIN * min(size))
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (
        max(0, min(lefts) - margin),
        max(0, min(tops) - margin),
        min(size[0], max(rights) + margin),
        min(size[1], max(bottoms) + margin),
    )


def _beside(bad: Box, size: tuple[int, int]) -> Iterator[Box]:
    """Give what lies left of, right of, above and below a box."""
    left, top, right, bottom = bad
    yield 0, 0, left, size[1]
    yield right, 0, size[0], size[1]
    yield 0, 0, size[0], top
    yield 0, bottom, size[0], size[1]


def _area(box: Box) -> int:
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])
