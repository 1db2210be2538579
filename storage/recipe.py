"""The recipe of a picture: enough to render it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Tag, model_validator

from moderation.bodies import Box
from moderation.policy import Anatomy
from storage.add_on_hashes import AddOnHashes
from storage.fields import BlobHash
from storage.jobs import Imagine, Sampling, Upscale
from storage.noise import Noise
from storage.samplers import Sampler
from storage.versions import VERSION, Version

_A1111_HASH = 12
"""Digits of a LoRA's or embedding's hash that A1111 shows."""


class Recipe(Sampling):
    """Everything that made one picture. `checkpoint_hash` is the hash of the checkpoint's weights.

    `hashes` are those of the add-ons that drew it; recipes of earlier versions do not know them. `crop` is
    what of it was kept, where the rest was drawn wrong.
    """

    version: Version = VERSION
    kind: Literal["imagine"] = "imagine"
    checkpoint: str
    checkpoint_hash: str
    noise: Noise
    hashes: AddOnHashes | None = None
    crop: Box | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_earlier(cls, told: Any) -> Any:
        """Read recipes that do not say how the parts of an `AND` were put together: they were added up."""
        if isinstance(told, Mapping) and "sums_parts" not in told and "AND" in str(told.get("prompt")):
            return {**told, "sums_parts": True}
        return told

    @property
    def frozen_noise(self) -> Noise:
        """Give the noise of this picture, for pictures of any size."""
        return self.noise.model_copy(update={"frozen": self.noise.frozen or (self.width, self.height)})

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that are needed to make the picture again."""
        return () if self.start is None else self.start.sources

    def again(self) -> Imagine:
        """Build the task that makes the same picture again, whoever is in it: it was seen and liked."""
        return self.with_noises(self.noise, hashes=self.hashes, anatomy=Anatomy.OFF)


class Upscaled(Upscale):
    """How a picture was enlarged: from what, and by which model.

    `of` is the recipe of the original picture, None if Darkroom did not make it. `checkpoint` is the one that
    made the original, or else the job's: it decides how such pictures are judged. `checkpoint_hash` is known
    if the checkpoint drew the detail. `upscaler_hash` is the SHA-256 of the model's weights.
    """

    version: Version = VERSION
    checkpoint: str
    checkpoint_hash: str | None = None
    upscaler: str
    upscaler_hash: str
    of: AnyRecipe | None = None

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that are needed to make the picture again."""
        return (self.image,)

    def again(self) -> Upscale:
        """Build the task that makes the same picture again."""
        return Upscale(**{name: getattr(self, name) for name in Upscale.model_fields})


def _kind_of(recipe: Any) -> Any:
    """Tell recipes apart; version 1 wrote no kind for what was sampled."""
    return recipe.get("kind", "imagine") if isinstance(recipe, Mapping) else getattr(recipe, "kind", None)


AnyRecipe: TypeAlias = Annotated[
    Annotated[Recipe, Tag("imagine")] | Annotated[Upscaled, Tag("upscale")], Discriminator(_kind_of)
]
Upscaled.model_rebuild()


def sampled(recipe: AnyRecipe | None) -> Recipe | None:
    """Give how a picture was sampled, before any enlarging; None if that is not known."""
    while isinstance(recipe, Upscaled):
        recipe = recipe.of
    return recipe


_SPACINGS = {Sampler.DPMPP_2M: ("Schedule type: Uniform",)}
"""Since version 1.9 A1111 takes a DPM++ 2M of which no schedule is said for one with Karras' spacing."""


def parameters_text(recipe: AnyRecipe) -> str:
    """Write the recipe in the form that A1111's web UI writes and other programs read.

    The form is described by its reader, `parse_generation_parameters` in A1111's modules/infotext_utils.py.
    It has room for one variation; further ones stand only in our own JSON. ComfyUI's reader, `importA1111` in
    its frontend's pnginfo.ts, ignores a picture that has no line for the negative prompt, so there always is
    one.
    """
    words, settings = _text_parts(recipe)
    return "\n".join([*words, ", ".join(settings)])


def _text_parts(recipe: AnyRecipe) -> tuple[list[str], list[str]]:
    if isinstance(recipe, Recipe):
        return [recipe.prompt, f"Negative prompt: {recipe.negative_prompt}"], _sampling_settings(recipe)
    words, settings = ([], []) if recipe.of is None else _text_parts(recipe.of)
    settings += [
        f"Postprocess upscale by: {recipe.factor}",
        f"Postprocess upscaler: {_quoted(recipe.upscaler)}",
    ]
    if recipe.detail is not None:
        settings += [
            f"Detail strength: {recipe.detail.strength:g}",
            f"Detail seed: {recipe.detail.seed}",
            f"Detail tile: {recipe.detail.side}x{recipe.detail.side}",
            f"Detail model: {_quoted(recipe.checkpoint)}",
        ]
    return words, settings


def _sampling_settings(recipe: Recipe) -> list[str]:
    settings = [
        f"Steps: {recipe.steps}",
        f"Sampler: {recipe.sampler.label}",
        *_SPACINGS.get(recipe.sampler, ()),
        f"CFG scale: {recipe.guidance_scale:g}",
        f"Seed: {recipe.noise.seed}",
        f"Size: {recipe.width}x{recipe.height}",
        f"Model hash: {recipe.checkpoint_hash[:10]}",
        f"Model: {_quoted(recipe.checkpoint)}",
    ]
    if recipe.noise.variations:
        first = recipe.noise.variations[0]
        settings += [f"Variation seed: {first.seed}", f"Variation seed strength: {first.strength:g}"]
    if recipe.noise.frozen:
        settings.append("Seed resize from: {}x{}".format(*recipe.noise.frozen))
    if recipe.seamless:
        settings.append("Tiling: True")
    if recipe.start is not None:
        settings += recipe.start.settings
    return settings if recipe.hashes is None else settings + list(_pinned(recipe.hashes))


def _pinned(hashes: AddOnHashes) -> Iterator[str]:
    """Write what A1111 needs to find the same files, and where the noise was drawn."""
    for label, named in (("Lora hashes", hashes.loras), ("TI hashes", hashes.embeddings)):
        if named:
            said = ", ".join(f"{name}: {value[:_A1111_HASH]}" for name, value in named.items())
            yield f"{label}: {json.dumps(said, ensure_ascii=False)}"
    yield "RNG: CPU"


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) if any(mark in name for mark in ',:\n"') else name
