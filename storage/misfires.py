"""Misfires: pictures in which people came out wrong, kept for whoever trains models, if the operator opts in.

They are anonymous: a picture without its recipe, the boxes around what is wrong, and how it was sampled. No
id of Discord or of a job, no seed and no time is kept with them, and no prompt but where members agreed.
"""

from __future__ import annotations

import io
import logging
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import ValidationError

from moderation.bodies import Goof
from moderation.intended import PARTS
from storage.events import Discarded
from storage.recipe import sampled
from storage.samplers import Sampler
from storage.values import Travelling

log = logging.getLogger(__name__)


class Misfire(Travelling):
    """What is known of a picture that went wrong; `size` is width and height in pixels."""

    size: tuple[int, int]
    goofs: tuple[Goof, ...]
    checkpoint: str
    checkpoint_hash: str
    steps: int
    sampler: Sampler
    guidance_scale: float
    prompt: str | None = None
    negative_prompt: str | None = None


class Misfires:
    """The misfires in a folder: a PNG and a JSON file for each, of a name drawn by lot."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "misfires"

    def add(self, picture: Discarded, png: bytes, with_prompt: bool) -> None:
        """Keep one, with the words only if that is said. Raises OSError."""
        recipe = sampled(picture.recipe)
        if recipe is None:
            return
        words = {"prompt", "negative_prompt"} if with_prompt else set()
        told = recipe.model_dump(include={*Misfire.model_fields} - {"prompt", "negative_prompt"} | words)
        misfire = Misfire(**told, size=picture.size, goofs=picture.goofs)
        self._folder.mkdir(parents=True, exist_ok=True)
        name = secrets.token_hex(8)
        drawn, said = (self._folder / f"{name}.{kind}" for kind in ("png", "json"))
        try:
            drawn.write_bytes(_pixels_alone(png))
            # The JSON comes last: whoever finds it finds the picture.
            said.write_text(misfire.model_dump_json(), encoding="utf-8")
        except OSError:
            # Of what did not fit on the disk, no part is of use to anybody.
            drawn.unlink(missing_ok=True)
            said.unlink(missing_ok=True)
            raise

    def __iter__(self) -> Iterator[tuple[Misfire, Path]]:
        """Give each with the file of its picture, in the order of their names, which says nothing."""
        for file in sorted(self._folder.glob("*.json")):
            try:
                misfire = Misfire.model_validate_json(file.read_bytes())
            except ValidationError as error:
                log.warning("%s is no misfire and is passed over: %s", file, error)
                continue
            if (picture := file.with_suffix(".png")).exists():
                yield misfire, picture


def _pixels_alone(png: bytes) -> bytes:
    """Give the picture without all that is written into its file."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        bare = Image.frombytes("RGB", image.size, image.convert("RGB").tobytes())
    file = io.BytesIO()
    bare.save(file, "PNG")
    return file.getvalue()


def as_coco(misfires: list[tuple[Misfire, str]]) -> dict[str, Any]:
    """Describe misfires, each with its picture's file name, as COCO's "instances" are (cocodataset.org).

    A box is an annotation, whose category is the part; `attributes` say what is wrong with it. A box that is
    around a whole figure, because the part is missing there, is `iscrowd` 0 as well, and `counted` is below
    `expected`.
    """
    images, annotations = list[dict[str, Any]](), list[dict[str, Any]]()
    for image_id, (misfire, file_name) in enumerate(misfires, start=1):
        made = misfire.model_dump(mode="json", exclude={"size", "goofs"}, exclude_none=True)
        size = dict(zip(("width", "height"), misfire.size, strict=True))
        images.append({"id": image_id, **size, "file_name": file_name, "made": made})
        for goof in misfire.goofs:
            for box in goof.boxes:
                annotations.append(_annotation(len(annotations) + 1, image_id, goof, box))
    parts = enumerate(PARTS, start=1)
    return {
        "info": {"description": "People whom Darkroom discarded", "version": "1"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [{"id": number, "name": part, "supercategory": "figure"} for number, part in parts],
    }


def _annotation(number: int, image_id: int, goof: Goof, box: tuple[int, int, int, int]) -> dict[str, Any]:
    left, top, right, bottom = box
    width, height = max(0, right - left), max(0, bottom - top)
    return {
        "id": number,
        "image_id": image_id,
        "category_id": PARTS.index(goof.part) + 1,
        "bbox": [left, top, width, height],
        "area": width * height,
        "segmentation": [],
        "iscrowd": 0,
        "attributes": goof.model_dump(mode="json", include={"wrong", "counted", "expected", "severe"}),
    }
