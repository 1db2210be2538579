"""Pictures of other programs, made again as far as that is possible here, and in sentences what is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moderation.told import Told
from storage.intake.other_programs import ForeignRecipe
from storage.noise import MAX_SEED, Noise, Variation
from storage.weighting import Weighting
from tasks.other_dialects import in_our_syntax
from tasks.other_samplers import sampler_like
from tasks.presets import Imagination, Quality
from tasks.size import nearest_drawn

_MOST_STEPS, _LEAST_GUIDANCE, _MOST_GUIDANCE = 150, 1.0, 30.0
_LEAST_HASH = 8
_ADD_ON = re.compile(r"\s*<(?P<kind>lora|lyco|hypernet):(?P<name>[^<>:]{1,200})[^<>]{0,200}>", re.IGNORECASE)
_TILING = "tiling"
"""What readers call a seamless tile, whoever made it."""
_LARGER = ("hires fix", "a second pass", "enlarging")
_FACES = ("ADetailer", "a face detailer", "face restoration")


@dataclass(frozen=True)
class Here:
    """What there is to draw with: checkpoints and their hashes, empty where not known, and LoRAs.

    `loras` is None where it is not known which there are.
    """

    default: str
    checkpoints: Mapping[str, str]
    loras: frozenset[str] | None = None


@dataclass(frozen=True)
class Adapted:
    """A picture to be made again: fields of the task, its noise, and its size, all as far as they are told.

    `has_checkpoint` is False where another one draws instead, for which the size may be wrong. `missed` says
    in sentences what cannot be done as the other program did it.
    """

    fields: dict[str, Any]
    noise: Noise | None
    size: tuple[int, int] | None
    checkpoint: str
    has_checkpoint: bool
    missed: tuple[Told, ...]


def adapted(told: ForeignRecipe, here: Here) -> Adapted:
    """Give the task that comes nearest to what another program did."""
    missed: list[Told] = []
    found = _checkpoint(told, here)
    if found is None:
        missed.append(
            Told(
                "The checkpoint {checkpoint} is not here: {other} draws instead.",
                checkpoint=told.checkpoint,
                other=here.default,
            )
            if told.checkpoint
            else Told("It names no checkpoint: {other} draws instead.", other=here.default)
        )
    prompt = _with_loras(told, here, missed)
    return Adapted(
        fields={
            "prompt": prompt,
            "negative_prompt": _without_add_ons(in_our_syntax(told.negative_prompt, told.dialect)),
            "weighting": Weighting.A1111 if told.dialect == "a1111" else Weighting.DARKROOM,
            "sums_parts": True,
            **_numbers(told, missed),
            **({"seamless": True} if _TILING in told.beside else {}),
        },
        noise=_noise(told, missed),
        size=_size(told, missed),
        checkpoint=found or here.default,
        has_checkpoint=found is not None,
        missed=(*missed, *_of_the_rest(told)),
    )


def _checkpoint(told: ForeignRecipe, here: Here) -> str | None:
    """Find the checkpoint by its hash, or by its name, whatever case and signs that has."""
    hashed = (told.checkpoint_hash or "").casefold()
    if len(hashed) >= _LEAST_HASH:
        for name, known in here.checkpoints.items():
            if known and (known.startswith(hashed) or hashed.startswith(known)):
                return name
    plain = _plain(re.sub(r"\s*\[[0-9a-f]{6,64}\]$", "", told.checkpoint or ""))
    return next((name for name in here.checkpoints if plain and _plain(name) == plain), None)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _with_loras(told: ForeignRecipe, here: Here, missed: list[Told]) -> str:
    """Give the prompt with the LoRAs that are here; the others are left out, and said."""
    tags = "".join(f" <lora:{lora.name}:{lora.weight:g}>" for lora in told.loras)
    known = None if here.loras is None else {_plain(name): name for name in here.loras}

    def kept(tag: re.Match[str]) -> str:
        kind, name = tag["kind"].lower(), tag["name"].strip()
        if kind == "hypernet":
            missed.append(Told("The hypernetwork {name} is left out: there are none here.", name=name))
            return ""
        if known is None:
            return tag[0]
        if _plain(name) not in known:
            missed.append(Told("The LoRA {name} is not here, and is left out.", name=name))
            return ""
        return tag[0].replace(tag["name"], known[_plain(name)], 1)

    return _ADD_ON.sub(kept, in_our_syntax(told.prompt, told.dialect) + tags).strip()


def _without_add_ons(prompt: str) -> str:
    """A LoRA is worn for the whole picture, and has no place in a negative prompt."""
    return _ADD_ON.sub("", prompt)


def _numbers(told: ForeignRecipe, missed: list[Told]) -> dict[str, Any]:
    """Give steps, sampler and guidance scale: told, as near to it as possible, or the usual ones."""
    usual = Quality.STANDARD.effort
    steps = usual.steps if told.steps is None else min(max(told.steps, 1), _MOST_STEPS)
    if told.steps not in (None, steps):
        missed.append(Told("{steps} steps cannot be made: it is {near}.", steps=told.steps, near=steps))
    scale = told.guidance_scale
    guidance = Imagination.BALANCED.guidance_scale if scale is None else scale
    guidance = min(max(guidance, _LEAST_GUIDANCE), _MOST_GUIDANCE)
    if scale is not None and scale != guidance:
        missed.append(
            Told("A guidance scale of {scale:g} is not possible: it is {near:g}.", scale=scale, near=guidance)
        )
    sampler = usual.sampler
    if told.sampler is not None:
        found = sampler_like(told.sampler, told.schedule)
        sampler = found.sampler
        said = f"{told.sampler} ({told.schedule})" if told.schedule else told.sampler
        if found.missed == "sampler":
            missed.append(
                Told("The sampler {name} is not here: {near} draws instead.", name=said, near=sampler.label)
            )
        elif found.missed == "spacing":
            missed.append(Told("The sampler {name} spaces its steps in a way that is not here.", name=said))
    return {"steps": steps, "sampler": sampler, "guidance_scale": guidance}


def _noise(told: ForeignRecipe, missed: list[Told]) -> Noise | None:
    if told.seed is None or told.seed < 0:
        return None
    seed = told.seed % (MAX_SEED + 1)
    if seed != told.seed:
        missed.append(
            Told("Seeds go to {most} here: {seed} becomes {near}.", most=MAX_SEED, seed=told.seed, near=seed)
        )
    variations: tuple[Variation, ...] = ()
    if told.variation_seed is not None and told.variation_strength and 0 < told.variation_strength <= 1:
        other = max(0, told.variation_seed) % (MAX_SEED + 1)
        variations = (Variation(seed=other, strength=told.variation_strength),)
    return Noise(seed=seed, variations=variations)


def _size(told: ForeignRecipe, missed: list[Told]) -> tuple[int, int] | None:
    if told.width is None or told.height is None or min(told.width, told.height) < 1:
        return None
    width, height = nearest_drawn(told.width, told.height)
    if (width, height) != (told.width, told.height):
        missed.append(
            Told(
                "{width} x {height} pixels cannot be drawn: it is {near_width} x {near_height}.",
                width=told.width,
                height=told.height,
                near_width=width,
                near_height=height,
            )
        )
    return width, height


def _of_the_rest(told: ForeignRecipe) -> Iterator[Told]:
    if told.denoising_strength is not None:
        yield Told(
            "It was drawn over another picture, at a strength of {strength:g}, which is not in the file: "
            "start from that one if you have it.",
            strength=told.denoising_strength,
        )
    if told.clip_skip is not None and told.clip_skip > 1:
        yield Told(
            "Clip skip {skip} is not taken over: the checkpoint's own entry sets it here.",
            skip=told.clip_skip,
        )
    for what in told.beside:
        if what != _TILING:
            yield _beside(what)
    if told.seed is not None:
        yield Told(
            "{program} draws other noise from the same seed, so the picture comes out alike at best.",
            program=told.program,
        )


def _beside(what: str) -> Told:
    if what.startswith(_LARGER):
        return Told("Also used: {what}. Make the picture larger afterwards, with detail.", what=what)
    if what.startswith(_FACES):
        return Told("Also used: {what}. Render the faces anew afterwards.", what=what)
    return Told("Also used, and not done here: {what}.", what=what)
