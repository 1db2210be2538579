"""Detail for a picture that was made larger, drawn over it tile by tile."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import count, islice
from random import Random
from typing import Any

from PIL import Image, ImageChops, ImageFilter, ImageOps

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.engine.noise import Patch
from gpuworker.engine.request import Request, Start
from gpuworker.stages.bench import Bench, WorkerLacks, clip_of
from gpuworker.stages.describe import clear_words
from gpuworker.stages.embeddings import carried_by
from gpuworker.stages.faces import Face, faces, portrait
from gpuworker.stages.follow import Follower
from gpuworker.stages.loras import loras_of
from gpuworker.stages.pieces import noise_of_piece
from gpuworker.stages.tiles import Mosaic, Tiling
from moderation.judge import judge_prompt
from moderation.told import Told
from storage.detail import Detail
from storage.jobs import Job, Upscale, steps_made
from storage.noise import Noise

log = logging.getLogger(__name__)

_AT_ONCE = 8
"""Parts in the engine: so many fill half a batch, leave room for other members' pictures, and take little
memory, however many there are."""

_BROAD = 1 / 64
"""Of a tile's side, the radius beyond which a picture stays as it is."""


def detailed(
    larger: Image.Image, task: Upscale, detail: Detail, job: Job, bench: Bench, deadline: float
) -> Image.Image:
    """Draw into an RGB picture what a checkpoint sees in it from near.

    The technique is GOBIG's and txt2imghd's: overlapping tiles are rendered from the picture at a low
    strength. Each has words of its own: those of the whole picture would have it draw into every tile what is
    in one of them. Faces are rendered whole, as they were before, and the tiles leave them alone.

    Raises JobFailed, JobCancelled, and what the engine raises.
    """
    clip, groups = clip_of(bench, "given detail"), bench.words.groups
    random, found = Random(detail.seed), _faces(larger, detail.side, bench)
    tiling = Tiling.over(larger.size, detail.side, random)
    canvas, spared = tiling.grown(larger), _together(found, tiling.size)
    boxes = random.sample(tiling.boxes, len(tiling.boxes))
    drawn = [box for box in boxes if ImageOps.invert(spared.crop(box)).getbbox()]

    def allowed(words: str) -> bool:
        return not judge_prompt(words, "", job.policy).blocked

    carried = {"embeddings": carried_by(task, bench), "loras": loras_of(task, bench)}
    request = partial(_request, job, task, detail, deadline, carried)

    def requests() -> Iterator[Request]:
        for box in drawn:
            tile, mask = canvas.crop(box), ImageOps.invert(spared.crop(box)) if found else None
            words = clear_words(clip.pictures([tile])[0], groups, clip.scale, allowed)
            yield request(words, Patch(detail.seed, *box[:2]), Start(tile, detail.strength, mask))
        for number, face in enumerate(found):
            noise = noise_of_piece(Noise(seed=detail.seed), number)
            yield request(portrait(task.prompt), noise, face.start(larger, detail.strength))

    steps = steps_made(task.steps, detail.strength)
    rendered = _rendered(requests(), len(drawn) + len(found), steps, larger, job, bench)
    mosaic = Mosaic(tiling)
    for box in boxes:
        mosaic.lay(box, next(rendered) if box in drawn else canvas.crop(box))
    whole = mosaic.picture().crop((0, 0, *larger.size))
    for face, part in zip(found, rendered, strict=True):
        whole = face.put_back(whole, part)
    return anchored(whole, larger, detail.side)


def _request(
    job: Job,
    task: Upscale,
    detail: Detail,
    deadline: float,
    carried: dict[str, Any],
    prompt: str,
    noise: Noise | Patch,
    start: Start,
) -> Request:
    return Request(
        checkpoint=job.checkpoint,
        prompt=prompt,
        negative_prompt=task.negative_prompt,
        width=detail.side,
        height=detail.side,
        steps=task.steps,
        sampler=detail.sampler,
        guidance_scale=detail.guidance_scale,
        noise=noise,
        weighting=task.weighting,
        **carried,
        start=start,
        share=job.share,
        deadline=deadline,
    )


def anchored(fine: Image.Image, coarse: Image.Image, side: int) -> Image.Image:
    """Give `fine` the colours and places of `coarse`, both RGB: only what is small next to a tile is new.

    So a model neither tints a picture nor leaves out what hardly stands out in it, such as dark trousers at
    night. It is the colour fix of StableSR (Wang et al., arXiv 2305.07015), with one Gaussian in place of
    wavelets.
    """
    blur = ImageFilter.GaussianBlur(_BROAD * side)
    differs = ImageChops.subtract(coarse.filter(blur), fine.filter(blur), offset=128)
    return ImageChops.add(fine, differs, offset=-128)


def _rendered(
    requests: Iterator[Request], parts: int, steps: int, shown: Image.Image, job: Job, bench: Bench
) -> Iterator[Image.Image]:
    """Render that many requests of so many steps, a few at a time, and tell how far they are."""
    rounds = -(-parts // _AT_ONCE)
    at_once = -(-parts // rounds)
    follower = Follower(job, at_once, rounds * steps, bench, shown)
    for number in count():
        follower.look()
        few = list(islice(requests, at_once))
        if not few:
            return
        futures = [
            bench.engine.submit(replace(each, on_step=follower.noting(place, number)))
            for place, each in enumerate(few)
        ]
        yield from follower.await_all(futures)


def _faces(picture: Image.Image, side: int, bench: Bench) -> Sequence[Face]:
    try:
        return faces(picture, "face", (side, side), bench.figures.get())
    except CheckpointError as error:
        log.error("no detail: %s", error)
        raise WorkerLacks(
            Told("Detail cannot be added on this worker right now; its log says why.")
        ) from error


def _together(found: Sequence[Face], size: tuple[int, int]) -> Image.Image:
    """Give the masks of all faces in a picture of that size: 8-bit grey, white where a face is."""
    masks = Image.new("L", size)
    for face in found:
        masks.paste(ImageChops.lighter(masks.crop(face.box), face.mask), face.box[:2])
    return masks
