"""What version 1 of Darkroom wrote, recorded from it, and the starts that it meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from storage.sizes import Margins
from storage.starts import AnyStart, Edit, Faces, HeadRoom, Mask, Outpaint, Whole, WordMask

_DATA = Path(__file__).parent / "data"

IMAGE, MASK = "ab" * 32, "cd" * 32
STARTS: dict[str, AnyStart | None] = {
    "words": None,
    "whole": Whole(image=IMAGE, strength=0.75),
    "mask": Mask(image=IMAGE, strength=1, mask=MASK),
    "borders": Outpaint(image=IMAGE, strength=0.5, margins=Margins(right=64)),
    "head room": HeadRoom(image=IMAGE, strength=1),
    "faces": Faces(image=IMAGE, strength=0.85),
    "faces, separate and restored": Faces(
        image=IMAGE, strength=0.4, part="mouth", separate=True, restorer="gfpgan"
    ),
    "words of a mask": WordMask(image=IMAGE, strength=1, mask_words="the left hand, or “claw”"),
    "edit": Edit(image=IMAGE, strength=0.85, shows='a (red:1.2) square over the "sea"'),
}
"""By the name of the recorded job or recipe; some were recorded again by still earlier versions."""


def recorded(name: str) -> dict[str, Any]:
    """Give what was recorded in a file, by name."""
    said: dict[str, Any] = json.loads((_DATA / f"{name}_of_version_1.json").read_text(encoding="utf-8"))
    return said


def start_meant(name: str) -> AnyStart | None:
    """Give the start that a recorded job or recipe has."""
    return STARTS.get(name.split(", before")[0])


_BY_NAME = ("embeddings", "loras")
"""Fields that hold things by their own names, where another name is another thing."""


def newer(value: Any) -> Any:
    """Give a value as a neighbouring version may write it: with fields more at every level."""
    if isinstance(value, list):
        return [newer(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(each, float) for each in value.values()):
        return value
    known = {name: each if name in _BY_NAME else newer(each) for name, each in value.items()}
    return known | {"new here": {"a": 1}, "aura": "blue"}
