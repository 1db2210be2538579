"""The job of making a picture larger."""

from __future__ import annotations

from storage.fields import BlobHash
from storage.jobs import Factor, Upscale
from storage.recipe import AnyRecipe


def larger(image: BlobHash, factor: Factor, shows: AnyRecipe | None) -> Upscale:
    """Build the task of making a picture `factor` times as wide and as high.

    `shows` is its recipe, if it has one: its words say what is in it.
    """
    words = (
        {} if shows is None else shows.model_dump(include={"prompt", "negative_prompt", "steps", "weighting"})
    )
    return Upscale(image=image, factor=factor, **words)
