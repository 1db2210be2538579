"""InvokeAI: `invokeai_metadata` since version 3, `sd-metadata` in 2, and `Dream`, a command line, before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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

_UNWANTED = re.compile(r"\[([^\[\]]*)\]")
_DREAM = re.compile(r'\s*"(?P<prompt>[^"]*)"(?P<options>.*)', re.DOTALL)
_OPTION = re.compile(r"(?<=\s)-(?P<name>[A-Za-z])\s*(?P<value>[^\s-]\S*)")
_BESIDE: Mapping[str, str] = {
    "controlnets": "ControlNet",
    "ipAdapters": "IP-Adapter",
    "t2iAdapters": "T2I-Adapter",
    "refiner_model": "a refiner",
    "hrf_enabled": "hires fix",
    "hires_fix": "hires fix",
    "seamless": "tiling",
    "seamless_x": "tiling",
    "seamless_y": "tiling",
    "cfg_rescale_multiplier": "guidance rescale",
    "upscale_model": "enlarging",
    "facetool": "face restoration",
    "postprocessing": "postprocessing",
    "canvas_v2_metadata": "a canvas of layers",
    "perlin": "Perlin noise",
    "threshold": "a threshold",
    "positive_style_prompt": "a style prompt",
}


def read_invokeai(texts: Mapping[str, str]) -> ForeignRecipe | None:
    """Read the texts of a picture; None if they are another program's."""
    for key in ("invokeai_metadata", "invokeai"):
        if said := fields(texts.get(key, "")):
            return _metadata(said)
    if image := fields((old := fields(texts.get("sd-metadata", ""))).get("image")):
        return _sd_metadata(image, old)
    dream = _DREAM.fullmatch(texts.get("Dream", ""))
    return _dream(dream) if dream else None


def _metadata(said: Fields) -> ForeignRecipe:
    model = fields(said.get("model"))
    return ForeignRecipe(
        program="InvokeAI",
        dialect="invokeai",
        prompt=words(said.get("positive_prompt")),
        negative_prompt=words(said.get("negative_prompt")),
        width=whole(said.get("width")),
        height=whole(said.get("height")),
        steps=whole(said.get("steps")),
        sampler=name(said.get("scheduler")),
        guidance_scale=real(said.get("cfg_scale")),
        seed=whole(said.get("seed")),
        denoising_strength=real(said.get("strength")) if said.get("init_image") else None,
        clip_skip=1 + (whole(said.get("clip_skip")) or 0),
        checkpoint=file_stem(model.get("name") or model.get("model_name")),
        checkpoint_hash=_plain_hash(model.get("hash")),
        loras=tuple(_loras(said.get("loras"))),
        beside=tuple(dict.fromkeys(_beside(said))),
    )


def _plain_hash(said: Any) -> str | None:
    """Give a SHA-256; InvokeAI's own BLAKE3 is none."""
    plain = name(said)
    return plain.removeprefix("sha256:") if plain and not plain.startswith("blake3") else None


def _loras(said: Any) -> Iterator[NamedLora]:
    for each in map(fields, listed(said)):
        model = fields(each.get("model") or each.get("lora"))
        if lora := file_stem(model.get("name") or model.get("model_name")):
            weight = real(each.get("weight"))
            yield NamedLora(name=lora, weight=0.75 if weight is None else weight)


def _sd_metadata(image: Fields, said: Fields) -> ForeignRecipe:
    prompt = image.get("prompt")
    if isinstance(prompt, list):
        prompt = fields(prompt[0]).get("prompt") if prompt else ""
    wanted, unwanted = _apart(words(prompt))
    return ForeignRecipe(
        program="InvokeAI",
        dialect="invokeai",
        prompt=wanted,
        negative_prompt=unwanted,
        width=whole(image.get("width")),
        height=whole(image.get("height")),
        steps=whole(image.get("steps")),
        sampler=name(image.get("sampler")),
        guidance_scale=real(image.get("cfg_scale")),
        seed=whole(image.get("seed")),
        denoising_strength=real(image.get("strength")) if image.get("type") == "img2img" else None,
        checkpoint=file_stem(said.get("model_weights")),
        checkpoint_hash=name(said.get("model_hash")),
        beside=tuple(dict.fromkeys(_beside(image))),
    )


def _dream(dream: re.Match[str]) -> ForeignRecipe:
    options = {option["name"]: option["value"] for option in _OPTION.finditer(dream["options"][:2000])}
    wanted, unwanted = _apart(words(dream["prompt"]))
    return ForeignRecipe(
        program="InvokeAI",
        dialect="invokeai",
        prompt=wanted,
        negative_prompt=unwanted,
        width=whole(options.get("W")),
        height=whole(options.get("H")),
        steps=whole(options.get("s")),
        sampler=name(options.get("A")),
        guidance_scale=real(options.get("C")),
        seed=whole(options.get("S")),
        denoising_strength=real(options.get("f")),
        beside=("enlarging",) if "U" in options else (),
    )


def _apart(prompt: str) -> tuple[str, str]:
    """Take what stands in square brackets, and is not wanted, out of a prompt."""
    unwanted = ", ".join(part.strip(" ,") for part in _UNWANTED.findall(prompt))
    return " ".join(_UNWANTED.sub(" ", prompt).split()).strip(" ,"), unwanted


def _beside(said: Fields) -> Iterator[str]:
    for key, what in _BESIDE.items():
        if said.get(key) not in (None, False, 0, 0.0, "", [], {}):
            yield what
    if vae := file_stem(fields(said.get("vae")).get("name") or fields(said.get("vae")).get("model_name")):
        yield f"the VAE {vae}"
