"""The faces in a picture: found, rendered with all the pixels that a checkpoint has, and blended back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.yolo import Found, Yolo
from gpuworker.stages.bench import Bench, JobFailed, WorkerLacks, figures_of
from gpuworker.stages.pieces import Source
from gpuworker.stages.region import Box, Region, surroundings
from moderation.prompt_language.limits import BRANCH_LIMIT
from moderation.prompt_language.parse import parse
from moderation.prompt_language.tree import Branch, Prompt, Text, bounded
from moderation.told import Told
from storage.jobs import Imagine
from storage.starts import FacePart, Faces

log = logging.getLogger(__name__)

_LABEL = "face"
_SURE_FROM = 0.4
"""Confidence from which a face counts."""
_SAME_FROM = 0.3
"""Overlap from which two boxes are one face."""
_PARTS: dict[FacePart, tuple[float, float, float, float]] = {
    "face": (-0.1, -0.1, 1.1, 1.05),
    "eyes": (0.05, 0.25, 0.95, 0.6),
    "mouth": (0.2, 0.6, 0.8, 0.95),
}
"""Left, top, right and bottom of the ellipse that changes, in widths and heights of a face's box.

Detectors of faces give boxes from the hair to the chin, and rarely tell where the eyes are.
"""
_PORTRAIT = Branch((Text("a portrait of a person"),))
_OF_WORDS = 0.15
"""The weight of a picture's own words beside those for a face: they tell what is seen elsewhere, too."""
_FEATHER = 0.35
"""Over so much of its radius, inwards and outwards, an ellipse fades."""


def source(picture: Image.Image, start: Faces, task: Imagine, bench: Bench) -> Source:
    """Find the faces in an RGB picture. Raises JobFailed if there are none or this worker cannot tell."""
    size = task.width, task.height
    try:
        found = faces(picture, start.part, size, figures_of(bench, "Faces"))
        restorer = bench.restorers.get(start.restorer) if start.restorer else None
    except CheckpointError as error:
        log.error("no new faces: %s", error)
        raise WorkerLacks(
            Told("Faces cannot be worked on by this worker right now; its log says why.")
        ) from error
    if not found:
        raise JobFailed(Told("I see no face in this picture."))
    made = Source(picture, start.strength, (found,), separate=start.separate, prompt=portrait(task.prompt))
    return replace(made, restore=restorer.restore) if restorer else made


class Face(Region):
    """A face, or a part of it: what changes is an ellipse whose rim fades; what is cut out is the same."""

    def __init__(self, picture: tuple[int, int], size: tuple[int, int], face: Box, part: FacePart) -> None:
        super().__init__(_ellipse(picture, face, _PARTS[part]), size, surroundings(face, picture, size))

    def _off(self, differs: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
        """Give the tint at the rim, and in the middle that of the whole face: its complexion stays."""
        weights = np.asarray(self.mask).astype(np.float32)[..., None]
        tint = (differs * weights).sum((0, 1)) / weights.sum()
        off: NDArray[np.float32] = super()._off(differs, scale) + tint * (1 - self._fading(1))
        return off


def faces(picture: Image.Image, part: FacePart, size: tuple[int, int], detector: Yolo) -> tuple[Face, ...]:
    """Find what to render of each face in an RGB picture, in `size`, width and height; the surest first.

    Raises CheckpointError if the detector knows no faces.
    """
    if _LABEL not in detector.names:
        raise CheckpointError(
            f"The detector finds {', '.join(detector.names)}, but no faces: set DARKROOM_FIGURES to one that"
            " does, such as adetailer-face."
        )
    (found,) = detector.find([picture], _SURE_FROM, _SAME_FROM)
    return tuple(Face(picture.size, size, _whole(each), part) for each in found if each.label == _LABEL)


def portrait(prompt: str) -> str:
    """Write the prompt for a face in a picture of `prompt`: above all, it asks for a face."""
    own = parse(prompt).branches[: BRANCH_LIMIT - 1]
    others = (Branch(branch.parts, bounded(_OF_WORDS * branch.weight)) for branch in own)
    return str(Prompt((_PORTRAIT, *others)))


def _whole(found: Found) -> Box:
    left, top, right, bottom = found.box
    return int(left), int(top), round(right), round(bottom)


def _ellipse(picture: tuple[int, int], face: Box, within: Sequence[float]) -> Image.Image:
    """Give a mask of the picture's size, white in the middle of an ellipse and black from its rim on."""
    left, top, right, bottom = face
    x0, x1 = (left + share * (right - left) for share in within[::2])
    y0, y1 = (top + share * (bottom - top) for share in within[1::2])
    across = (np.arange(picture[0]) + 0.5 - (x0 + x1) / 2) / ((x1 - x0) / 2)
    down = (np.arange(picture[1]) + 0.5 - (y0 + y1) / 2) / ((y1 - y0) / 2)
    from_middle = np.hypot(across, down[:, None])
    inside = ((1 + _FEATHER / 2 - from_middle) / _FEATHER).clip(0, 1)
    return Image.fromarray(np.round(255 * inside).astype(np.uint8))
