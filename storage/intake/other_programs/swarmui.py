"""SwarmUI: JSON with `sui_image_params`; see docs/Image Metadata Format.md of its repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
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

_DIRECTIVE = re.compile(r"<(?:segment|object|region|refiner|base|video|clear|extend)[:>]", re.IGNORECASE)


def read_swarmui(text: str) -> ForeignRecipe | None:
    """Read the text; None if it is of another kind."""
    whole_text = fields(text)
    said = fields(whole_text.get("sui_image_params"))
    if not said:
        return None
    prompt = words(said.get("prompt"))
    parted = _DIRECTIVE.search(prompt)
    return ForeignRecipe(
        program="SwarmUI",
        dialect="comfyui",
        prompt=prompt[: parted.start()].strip() if parted else prompt,
        negative_prompt=words(said.get("negativeprompt")),
        width=whole(said.get("width")),
        height=whole(said.get("height")),
        steps=whole(said.get("steps")),
        sampler=name(said.get("sampler") or said.get("comfyuisampler") or said.get("autowebuisampler")),
        schedule=name(said.get("scheduler") or said.get("comfyuischeduler")),
        guidance_scale=real(said.get("cfgscale")),
        seed=whole(said.get("seed")),
        variation_seed=whole(said.get("variationseed")),
        variation_strength=real(said.get("variationseedstrength")),
        denoising_strength=real(said.get("initimagecreativity")) if "initimage" in said else None,
        clip_skip=_clip_skip(said.get("clipstopatlayer")),
        checkpoint=file_stem(said.get("model")),
        checkpoint_hash=_checkpoint_hash(whole_text.get("sui_models")),
        loras=tuple(_loras(said)),
        beside=tuple(dict.fromkeys(_beside(said, parted is not None))),
    )


def _clip_skip(layer: Any) -> int | None:
    """Count as A1111 does: the last layer, -1, is 1."""
    count = whole(layer)
    return -count if count is not None and count < 0 else None


def _checkpoint_hash(models: Any) -> str | None:
    for model in map(fields, listed(models)):
        if model.get("param") == "model" and (said := name(model.get("hash"))):
            return said.removeprefix("0x")
    return None


def _several(said: Any) -> list[Any]:
    """Read a list, which may be written with commas."""
    return said.split(",")[:50] if isinstance(said, str) else listed(said)


def _loras(said: Fields) -> Iterator[NamedLora]:
    for lora, weight in zip_longest(_several(said.get("loras")), _several(said.get("loraweights"))):
        if found := file_stem(lora):
            strength = real(weight)
            yield NamedLora(name=found, weight=1.0 if strength is None else strength)


def _beside(said: Fields, has_directives: bool) -> Iterator[str]:
    if has_directives:
        yield "parts of the prompt for regions or a refiner"
    for key in said:
        if key.startswith("controlnet"):
            yield "ControlNet"
        elif key in ("refinermodel", "refinermethod", "refinercontrolpercentage"):
            yield "a refiner"
        elif key == "refinerupscale" and (real(said[key]) or 1) > 1:
            yield f"hires fix {real(said[key]):g}x"
        elif key.startswith("ipadapter") or key == "promptimages":
            yield "IP-Adapter"
        elif key in ("vae", "maskimage", "freeu"):
            yield {"vae": f"the VAE {file_stem(said[key])}", "maskimage": "a mask"}.get(key, "FreeU")
