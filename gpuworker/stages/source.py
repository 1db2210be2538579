"""The picture that a job starts from: fetched, judged, and cut to what is rendered of it."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.engine.request import Start
from gpuworker.models.yolo import Yolo
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.edit import Edit
from gpuworker.stages.faces import faces, portrait
from gpuworker.stages.head_room import HeadRoom, head_room
from gpuworker.stages.outpaint import Outpainting, outpaint
from gpuworker.stages.region import Box, Region
from gpuworker.stages.word_mask import word_mask
from moderation.findings import Findings
from moderation.judge import judge_picture
from moderation.pictures import Detector
from moderation.policy import Policy
from moderation.prompt_language.schedule import USUAL_STEPS
from storage.blobs import BlobMissing, BlobStoreAway
from storage.jobs import Faces, Imagine, Job, Margins, Noise, TooLarge

log = logging.getLogger(__name__)

_WIDEST_VIEW = 1.5
"""Widths of what is rendered: of a wider view too little would be seen."""


@dataclass(frozen=True)
class Source:
    """The picture that a job's pictures begin as, and the pieces of it that are painted, in rounds.

    Without pieces all of it is painted, in one round; without a picture, from noise alone. The pieces of a
    round are rendered at once, so none of them knows what becomes of the others. Of what comes of it only
    `wanted` is kept, if that is given; pieces that are `separate` are handed over as they were rendered, too.
    `prompt` is for them, where they are to show something else than the whole picture, and `restore` is done
    to each that was rendered.
    """

    picture: Image.Image | None = None
    strength: float = 1.0
    pieces: tuple[tuple[Region | Edit, ...], ...] = ()
    wanted: Box | None = None
    separate: bool = False
    prompt: str | None = None
    restore: Callable[[Image.Image], Image.Image] = lambda rendered: rendered

    @property
    def rounds(self) -> int:
        """How often each picture is worked on."""
        return max(1, len(self.pieces))

    @property
    def at_once(self) -> int:
        """How many pieces each round has."""
        return len(self.pieces[0]) if self.pieces else 1

    def starts(self, number: int, picture: Image.Image | None) -> list[Start | None]:
        """What the engine starts from in a round, once for each of its pieces."""
        if picture is None:
            return [None]
        if not self.pieces:
            return [Start(picture, self.strength)]
        return [piece.start(picture, self.strength) for piece in self.pieces[number]]

    def put_back(
        self, number: int, picture: Image.Image | None, rendered: Sequence[Image.Image]
    ) -> Image.Image:
        """The picture after a round, of which this was rendered."""
        if picture is None or not self.pieces:
            (picture,) = rendered
            return picture
        for piece, part in zip(self.pieces[number], rendered, strict=True):
            picture = piece.put_back(picture, part)
        return picture

    def finish(self, picture: Image.Image) -> Image.Image:
        """The picture after the last round, as it is handed over."""
        return picture.crop(self.wanted) if self.wanted else picture


def noise_of_piece(noise: Noise, number: int) -> Noise:
    """Noise of its own for each piece: pieces of one noise would show the same things."""
    if number == 0:
        return noise
    (seed,) = np.random.SeedSequence((noise.seed, number)).generate_state(1)
    return noise.model_copy(update={"seed": int(seed)})


def fetch_source(job: Job, task: Imagine, bench: Bench, detector: Detector) -> Source:
    """The task's picture and mask, if it has any. If all of it may change, it is cut to the task's shape.

    Raises JobFailed when they are gone, when the policy does not let the picture be shown, when it does not
    show what shall change, or when it cannot grow as it should.
    """
    if task.start is None:
        return Source()
    size = task.width, task.height
    picture = opened(fetch(bench, task.start.image)).convert("RGB")
    findings = detector.find(picture, job.checkpoint)
    refuse_blocked(findings, job.policy, prompt=task.prompt, steps=task.steps, checkpoint=job.checkpoint)
    if task.start.outpaint is not None:
        grown = _outpainting(picture, task.start.outpaint, size, bench)
        pieces = tuple((piece,) for piece in grown.pieces)
        return Source(grown.canvas, task.start.strength, pieces, grown.wanted)
    if task.start.faces is not None:
        return _with_new_faces(Source(picture, task.start.strength), task.start.faces, task, bench)
    if task.start.mask_words is not None:
        found = word_mask(picture, task.start.mask_words, bench)
        return Source(picture, task.start.strength, ((Region(found, size),),))
    if task.start.shows is not None:
        return Source(picture, task.start.strength, ((Edit(task.start.shows, size),),))
    if task.start.mask is None:
        return Source(ImageOps.fit(picture, size, Image.Resampling.LANCZOS), task.start.strength)
    mask = opened(fetch(bench, task.start.mask)).convert("L")
    if mask.size != picture.size or mask.getbbox() is None:
        raise JobFailed("The mask does not fit the picture: please send both again.")
    return Source(picture, task.start.strength, ((Region(mask, size),),))


def refuse_blocked(
    findings: Findings, policy: Policy, *, prompt: str, checkpoint: str, steps: int = USUAL_STEPS
) -> None:
    """Raise JobFailed when the policy does not let a picture be shown that was found to be so."""
    if judge_picture(findings, policy, prompt=prompt, steps=steps, checkpoint=checkpoint).blocked:
        raise JobFailed(
            "The picture that you gave me seems to show nudity, which I may not work on here. Detectors err, "
            "and nothing is held against you: please try another picture."
        )


def fetch(bench: Bench, blob: str) -> bytes:
    """A picture that a job works on, as a PNG file. Raises JobFailed when it is gone."""
    try:
        return bench.blobs.get(blob)
    except BlobMissing as error:
        raise JobFailed("The picture is no longer kept: please send it again.") from error
    except BlobStoreAway as error:
        raise JobFailed(
            "The picture cannot be fetched, because the picture store is away. Please try again later."
        ) from error


def opened(png: bytes) -> Image.Image:
    """Such a file as a picture."""
    return Image.open(io.BytesIO(png), formats=("PNG",))


def _outpainting(
    picture: Image.Image, asked: Margins | Literal["head room"], size: tuple[int, int], bench: Bench
) -> Outpainting:
    if isinstance(asked, Margins):
        return outpaint(picture, _within_limit(asked, picture.size), size)
    room = head_room(picture, _detector(bench, "Heads"))
    if room is None:
        raise JobFailed(
            "I see no head cut off in this picture: nobody in it reaches the upper border. To give it more "
            "room all the same, extend it upwards."
        )
    margins = _within_limit(Margins(up=room.up), picture.size)
    return outpaint(picture, margins, size, _view(room, picture.size, size))


def _with_new_faces(source: Source, asked: Faces, task: Imagine, bench: Bench) -> Source:
    assert source.picture is not None
    try:
        found = faces(source.picture, asked.part, (task.width, task.height), _detector(bench, "Faces"))
        restorer = bench.restorers.get(asked.restorer) if asked.restorer else None
    except CheckpointError as error:
        log.error("no new faces: %s", error)
        raise JobFailed("Faces cannot be worked on by this worker right now; its log says why.") from error
    if not found:
        raise JobFailed("I see no face in this picture.")
    made = replace(source, pieces=(found,), separate=asked.separate, prompt=portrait(task.prompt))
    return replace(made, restore=restorer.restore) if restorer else made


def _detector(bench: Bench, sought: str) -> Yolo:
    try:
        return bench.figures.get()
    except CheckpointError as error:
        log.error("no detector of figures: %s", error)
        raise JobFailed(f"{sought} cannot be found on this worker right now; its log says why.") from error


def _view(room: HeadRoom, picture: tuple[int, int], size: tuple[int, int]) -> Box:
    """What is painted in one piece: the figures from head to foot, in the shape of what is rendered.

    A model knows how heads sit on bodies from pictures of both. If it fits in, all of the picture's width is
    painted at once, lest there be further heads beside.
    """
    left, _, right, bottom = room.figures
    wide = min(picture[0] / size[0], _WIDEST_VIEW)
    scale = max((right - left) / size[0], (bottom + room.up) / size[1], wide)
    across, down = round(scale * size[0]), round(scale * size[1])
    least, most = sorted((0, picture[0] - across))
    x = min(max((left + right - across) // 2, least), most)
    return x, 0, x + across, down


def _within_limit(margins: Margins, size: tuple[int, int]) -> Margins:
    try:
        margins.around(size)
    except TooLarge as error:
        raise JobFailed(str(error)) from error
    return margins
