"""What may be seen of pictures that are still being rendered."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

from PIL import Image

from moderation.gallery import Gallery
from moderation.judge import judge_picture
from moderation.pictures import Detector
from moderation.policy import Policy
from moderation.said import Said
from moderation.verdict import Action

COARSE_SIDE = 16
"""Pixels across a picture in which so little can be made out that no body is seen."""


def preview_for(
    sheet: Image.Image,
    pictures: int,
    policy: Policy,
    detector: Detector,
    said: Said,
    checkpoint: str,
    gallery: Gallery,
) -> Image.Image | None:
    """Give what a policy lets be shown of a sheet of unfinished pictures; None for nothing.

    The detectors look at the sheet and at each picture in it. They were trained on finished pictures, and
    miss in a blur what a person sees in it: where nudity is not allowed, their silence is not enough, and
    what is shown is coarse. So it is where the gallery may know a face, whom a policy may refuse. Raises
    whatever the detectors raise.
    """
    for seen in (sheet, *_cells(sheet, pictures)):
        findings = detector.find(seen, checkpoint)
        verdict = judge_picture(findings, policy, said, checkpoint=checkpoint)
        if verdict.verdict is not Action.ALLOW:
            return None
    is_open = policy.nudity is Action.ALLOW and not gallery.may_know(checkpoint)
    return sheet if is_open else _coarse(sheet, columns_of(pictures))


def as_jpeg(sheet: Image.Image) -> bytes:
    """Give the bytes of a small JPEG."""
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=70)
    return file.getvalue()


def columns_of(pictures: int) -> int:
    """Say in how many columns that many pictures stand: four are 2 x 2."""
    return math.ceil(math.sqrt(pictures))


def _cells(sheet: Image.Image, pictures: int) -> Iterator[Image.Image]:
    if pictures == 1:
        return
    columns = columns_of(pictures)
    rows = math.ceil(pictures / columns)
    across, down = sheet.width // columns, sheet.height // rows
    for place in range(pictures):
        x, y = place % columns * across, place // columns * down
        yield sheet.crop((x, y, x + across, y + down))


def _coarse(sheet: Image.Image, columns: int) -> Image.Image:
    across = COARSE_SIDE * columns
    down = max(1, round(across * sheet.height / sheet.width))
    return sheet.resize((across, down), Image.Resampling.BOX).resize(sheet.size, Image.Resampling.BICUBIC)
