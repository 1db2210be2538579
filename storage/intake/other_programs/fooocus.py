"""Fooocus' own scheme: JSON in `parameters`, or in EXIF; see modules/meta_parser.py of its repository.

Its other scheme is A1111's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from storage.intake.other_programs.foreign_recipe import (
    Fields,
    ForeignRecipe,
    NamedLora,
    fields,
    file_stem,
    listed,
    name,
    real,
    whole,
    words,
)

_SIZE = re.compile(r"\(\s*(\d{1,6})\s*,\s*(\d{1,6})\s*\)")
_STYLES_LIMIT = 300
_LORA = re.compile(r"lora_combined_\d{1,2}|LoRA \d{1,2}")


def read_fooocus(text: str) -> ForeignRecipe | None:
    """Read the text; None if it is of another kind."""
    said = fields(text)
    if "base_model" not in said or "prompt" not in said:
        return None
    size = _SIZE.fullmatch(str(said.get("resolution", ""))[:40])
    return ForeignRecipe(
        program="Fooocus",
        dialect="a1111",
        prompt=words(said["prompt"]),
        negative_prompt=words(said.get("negative_prompt")),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
        steps=whole(said.get("steps")),
        sampler=name(said.get("sampler")),
        schedule=name(said.get("scheduler")),
        guidance_scale=real(said.get("guidance_scale")),
        seed=whole(said.get("seed")),
        clip_skip=whole(said.get("clip_skip")),
        checkpoint=file_stem(said["base_model"]),
        checkpoint_hash=name(said.get("base_model_hash")),
        loras=tuple(_loras(said)),
        beside=tuple(_beside(said)),
    )


def _loras(said: Fields) -> Iterator[NamedLora]:
    for key, value in said.items():
        if _LORA.fullmatch(key) and isinstance(value, str):
            parts = value[:300].split(" : ")
            if len(parts) == 3 and parts.pop(0) != "True":
                continue
            yield from _lora(parts[0], parts[-1])
    for each in listed(said.get("loras")):
        if len(parts := listed(each)) >= 2:
            yield from _lora(parts[0], parts[1])


def _lora(said: Any, weight: Any) -> Iterator[NamedLora]:
    if (lora := file_stem(said)) and (strength := real(weight)) is not None:
        yield NamedLora(name=lora, weight=strength)


def _beside(said: Fields) -> Iterator[str]:
    if (styles := str(said.get("styles", ""))[:_STYLES_LIMIT].strip("[] ")) and (shown := name(styles)):
        yield f"the styles {shown}"
    if refiner := file_stem(said.get("refiner_model")):
        yield f"the refiner {refiner}"
    if said.get("freeu"):
        yield "FreeU"
