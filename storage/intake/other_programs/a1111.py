"""The text of A1111's `parameters`, which Forge, SD.Next, civitai and many savers of ComfyUI write, too.

Its reader is `parse_generation_parameters` in A1111's modules/infotext_utils.py: the prompt, lines that begin
with "Negative prompt:", and a last line of settings, some with quotes around them. civitai adds JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from storage.intake.other_programs.foreign_recipe import (
    Fields,
    ForeignRecipe,
    NamedLora,
    fields,
    file_stem,
    listed,
    name,
    read_json,
    real,
    whole,
    words,
)

_NEGATIVE = "Negative prompt:"
_LINE_LIMIT = 40_000
_MOST_LOOKED_AT = 20
"""Lines at the end, among which the settings are looked for."""
_MOST_SETTINGS = 200
_LEAST_SETTINGS = 3
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')
_SIZE = re.compile(r"(\d{1,6})x(\d{1,6})")
_LORA = re.compile(r"<(?:lora|lyco):([^<>:]{1,200})", re.IGNORECASE)

_BESIDE: Mapping[str, str] = {
    "ControlNet": "ControlNet",
    "Refiner": "a refiner",
    "ADetailer": "ADetailer",
    "FreeU": "FreeU",
    "Dynamic thresholding": "dynamic thresholding",
    "RP ": "regional prompts",
    "AddNet": "additional networks",
    "Tiled Diffusion": "tiled diffusion",
    "MultiDiffusion": "tiled diffusion",
    "Face restoration": "face restoration",
    "Hypernet": "a hypernetwork",
    "Tiling": "tiling",
    "Mask blur": "a mask",
    "Inpaint area": "a mask",
    "CFG Rescale": "guidance rescale",
    "Postprocess upscale": "enlarging",
    "SD upscale": "enlarging",
    "Ultimate SD upscale": "enlarging",
    "PAG": "perturbed attention guidance",
    "SAG": "self attention guidance",
    "Seed resize from": "noise of another size",
}
"""What else made a picture, by how the names of its settings begin."""


def read_parameters(text: str, *, certain: bool = True) -> ForeignRecipe | None:
    """Read the text; None if it is of another kind. Unless it is `certain`, it must have settings."""
    prompt, negative, settings = _parted(text)
    if len(settings) < _LEAST_SETTINGS and not (certain and (prompt or negative)):
        return None
    size = _SIZE.fullmatch(settings.get("Size", ""))
    hires = any(key.startswith("Hires") for key in settings)
    return ForeignRecipe(
        program=_program(settings),
        dialect="a1111",
        prompt=words(prompt),
        negative_prompt=words(negative),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
        steps=whole(settings.get("Steps")),
        sampler=name(settings.get("Sampler")),
        schedule=name(settings.get("Schedule type") or settings.get("Scheduler")),
        guidance_scale=real(settings.get("CFG scale")),
        seed=whole(settings.get("Seed")),
        variation_seed=whole(settings.get("Variation seed")),
        variation_strength=real(settings.get("Variation seed strength")),
        denoising_strength=None if hires else real(settings.get("Denoising strength")),
        clip_skip=whole(settings.get("Clip skip")),
        checkpoint=file_stem(settings.get("Model")) or _civitai_checkpoint(settings),
        checkpoint_hash=name(settings.get("Model hash")),
        loras=_unnamed_loras(prompt, settings),
        beside=tuple(dict.fromkeys(_beside(settings))),
    )


def _parted(text: str) -> tuple[str, str, dict[str, str]]:
    """Give the prompt, the negative prompt and the settings."""
    lines = text.strip().split("\n")
    settings: dict[str, str] = {}
    for place in reversed(range(max(0, len(lines) - _MOST_LOOKED_AT), len(lines))):
        if place == len(lines) - 1 or lines[place].lstrip().startswith("Steps:"):
            settings = dict(_settings(lines[place][:_LINE_LIMIT]))
            if len(settings) >= _LEAST_SETTINGS:
                lines = lines[:place]
                break
            settings = {}
    prompt: list[str] = []
    negative: list[str] = []
    into_negative = False
    for line in map(str.strip, lines):
        if line.startswith(_NEGATIVE):
            into_negative, line = True, line.removeprefix(_NEGATIVE).strip()
        (negative if into_negative else prompt).append(line)
    return "\n".join(prompt), "\n".join(negative), settings


def _settings(line: str) -> Iterator[tuple[str, str]]:
    """Yield names and values, quoted ones without their quotes, JSON as it is."""
    at = 0
    for _ in range(_MOST_SETTINGS):
        colon = line.find(":", at)
        if colon < 0:
            return
        key = line[at:colon].rsplit(",", 1)[-1].strip()
        value, at = _value(line, colon + 1)
        if key:
            yield key, value


def _value(line: str, at: int) -> tuple[str, int]:
    """Give the value that begins at a place, and where the next name does."""
    at += len(line[at : at + 20]) - len(line[at : at + 20].lstrip())
    if quoted := _QUOTED.match(line, at):
        comma = line.find(",", quoted.end())
        try:
            value = json.loads(quoted[0])
        except ValueError:
            value = quoted[0]
        return value, comma + 1 if comma >= 0 else len(line)
    if line[at : at + 1] in ("{", "["):
        try:
            _, end = json.JSONDecoder().raw_decode(line, at)
        except (ValueError, RecursionError):
            end = at
        if end > at:
            comma = line.find(",", end)
            return line[at:end], comma + 1 if comma >= 0 else len(line)
    comma = line.find(",", at)
    end = comma if comma >= 0 else len(line)
    return line[at:end].strip(), end + 1 if comma >= 0 else end


def _program(settings: Mapping[str, str]) -> str:
    version = settings.get("Version", "")
    if "Civitai resources" in settings or "Civitai metadata" in settings:
        return "civitai"
    if settings.get("App") == "SD.Next":
        return "SD.Next"
    for begins, program in (("Fooocus", "Fooocus"), ("ComfyUI", "ComfyUI"), ("f", "Forge"), ("neo", "Forge")):
        if version.startswith(begins):
            return program
    return "A1111"


def _unnamed_loras(prompt: str, settings: Mapping[str, str]) -> tuple[NamedLora, ...]:
    """Give the LoRAs that stand only in the settings: Fooocus' and civitai's."""
    named = {found.casefold() for found in _LORA.findall(prompt)}
    found = [*_fooocus_loras(settings.get("Lora weights", "")), *_civitai_loras(settings)]
    return tuple(lora for lora in found if lora.name.casefold() not in named)


def _fooocus_loras(text: str) -> Iterator[NamedLora]:
    for part in text.split(",")[:20]:
        said, _, weight = part.rpartition(":")
        if (lora := file_stem(said)) and (strength := real(weight)) is not None:
            yield NamedLora(name=lora, weight=strength)


def _civitai_loras(settings: Mapping[str, str]) -> Iterator[NamedLora]:
    for resource in _civitai_resources(settings, "lora", "lycoris", "dora"):
        if lora := name(resource.get("modelName")):
            weight = real(resource.get("weight"))
            yield NamedLora(name=lora, weight=1.0 if weight is None else weight)


def _civitai_checkpoint(settings: Mapping[str, str]) -> str | None:
    return next((name(each.get("modelName")) for each in _civitai_resources(settings, "checkpoint")), None)


def _civitai_resources(settings: Mapping[str, str], *kinds: str) -> list[Fields]:
    said = listed(read_json(settings.get("Civitai resources", "")))
    return [each for each in map(fields, said) if str(each.get("type")).lower() in kinds]


def _beside(settings: Mapping[str, str]) -> Iterator[str]:
    if any(key.startswith("Hires") for key in settings):
        factor = real(settings.get("Hires upscale"))
        yield f"hires fix {factor:g}x" if factor else "hires fix"
    for key, value in settings.items():
        if value in ("", "False", "None"):
            continue
        for begins, what in _BESIDE.items():
            if key.startswith(begins):
                yield what
        if key == "VAE":
            yield f"the VAE {file_stem(value)}"
