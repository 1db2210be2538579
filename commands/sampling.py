"""What the commands that paint ask for alike: the steps, and the noise to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.terminal import fail

if TYPE_CHECKING:
    from storage.jobs import Noise, Sampling


def steps_of(quality: str, steps: int | None = None) -> int:
    """The denoising steps of a quality, unless they are said."""
    from bot.presets import Quality

    try:
        return Quality(quality).effort.steps if steps is None else steps
    except ValueError as error:
        fail(f"{error}; see darkroom imagine --help.")


def noises_of(seed: int | None, count: int = 1, freeze: Path | None = None) -> tuple[Noise, ...]:
    """The noises of as many pictures: of the seed and those after it, or that of an earlier picture."""
    from storage.jobs import MAX_SEED, Noise, new_seed
    from storage.recipe import sampled
    from storage.recipe_file import RecipeError, read_recipe

    if freeze is None:
        first = new_seed() if seed is None else seed
        return tuple(Noise(seed=(first + place) % (MAX_SEED + 1)) for place in range(count))
    if seed is not None or count != 1:
        fail("Frozen noise makes one picture and has its own seed: leave out --seed, --count and --best-of.")
    try:
        recipe = sampled(read_recipe(freeze))
    except RecipeError as error:
        fail(f"{freeze}: {error}")
    if recipe is None:
        fail(f"{freeze} carries no recipe, so its noise is not known: give a picture that Darkroom made.")
    return (recipe.frozen_noise,)


def like_of(
    file: Path, prompt: str | None, negative: str, quality: str, usual: str | None = None
) -> Sampling:
    """The words and steps with which part of a picture is painted: of its recipe, unless said otherwise.

    Without a recipe the words are the `usual` ones, if there are such.
    """
    from pydantic import ValidationError

    from bot.presets import Imagination, Quality
    from storage.jobs import LEAST_SIDE, Sampling
    from storage.recipe import sampled
    from storage.recipe_file import RecipeError, read_recipe

    try:
        recipe = sampled(read_recipe(file))
    except RecipeError as error:
        fail(f"{file}: {error}")
    prompt = prompt or (recipe.prompt if recipe else usual)
    if prompt is None:
        fail(f"{file} carries no recipe, so I do not know what it shows: say it, as in --prompt 'the sea'.")
    like = {
        "prompt": prompt,
        "negative_prompt": negative or (recipe.negative_prompt if recipe else ""),
        "width": LEAST_SIDE,
        "height": LEAST_SIDE,
        "steps": steps_of(quality),
        "sampler": Quality(quality).effort.sampler,
        "guidance_scale": Imagination.BALANCED.guidance_scale,
    }
    try:
        return Sampling.model_validate(like)
    except ValidationError as error:
        problem = error.errors()[0]
        fail(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}; see --help.")
