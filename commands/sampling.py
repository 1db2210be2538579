"""How pictures are sampled: the effort behind a quality, and the noise that they begin with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from commands.other_programs import words_in
from commands.policy import refuse_blocked
from commands.recipes import recipe_in
from commands.terminal import fail, misuse

if TYPE_CHECKING:
    from moderation.policy import Policy
    from storage.jobs import Sampling
    from storage.noise import Noise
    from storage.served import ServedCheckpoint
    from tasks.presets import Effort


def effort_of(quality: str | None) -> Effort:
    """Give the steps and the sampler of a quality; of the standard one if none is named."""
    from tasks.presets import Quality

    return Quality(quality or Quality.STANDARD).effort


def suited(like: Sampling, quality: str | None, served: ServedCheckpoint) -> Sampling:
    """Give the steps, sampler and guidance to a sampling that suit the checkpoint, for that quality."""
    from tasks.presets import Quality, as_usual

    return as_usual(like, Quality(quality or Quality.STANDARD), served.usual)


def noises_of(
    seed: int | None, count: int = 1, freeze: Path | None = None, like: Noise | None = None
) -> tuple[Noise, ...]:
    """Give the noises of `count` pictures: by the seed, or as `like`, and those after it; or a frozen one."""
    from storage.noise import MAX_SEED, Noise, new_seed
    from storage.recipe import sampled

    if freeze is None:
        if like is None or seed is not None:
            like = Noise(seed=new_seed() if seed is None else seed)
        seeds = [(like.seed + place) % (MAX_SEED + 1) for place in range(count)]
        return tuple(like.model_copy(update={"seed": each}) for each in seeds)
    if seed is not None or count != 1:
        misuse(
            "Frozen noise makes one picture and has its own seed: leave out --seed, --count and --best-of."
        )
    recipe = sampled(recipe_in(freeze))
    if recipe is None:
        fail(f"{freeze} carries no recipe, so its noise is not known: give a picture that Darkroom made.")
    return (recipe.frozen_noise,)


def like_of(
    file: Path,
    prompt: str | None,
    negative: str,
    quality: str | None,
    policy: Policy,
    usual: str | None = None,
    beside: Iterable[str] = (),
) -> Sampling:
    """Give the words and steps that part of a picture is painted with: its recipe's, unless others are typed.

    Without a recipe the words are the `usual` ones, if there are any. Raises Refused if the policy forbids
    them, together with the texts `beside` them.
    """
    from storage.jobs import Sampling
    from storage.recipe import sampled
    from storage.settings import Settings, read_settings
    from storage.sizes import LEAST_SIDE
    from tasks.presets import Imagination

    recipe = sampled(recipe_in(file))
    told = (recipe.prompt, recipe.negative_prompt) if recipe else words_in(file)
    prompt = prompt or (told[0] if told else usual)
    if prompt is None:
        fail(f"{file} carries no recipe, so I do not know what it shows: say it, as in --prompt 'the sea'.")
    negative = negative or (told[1] if told else "")
    effort = effort_of(quality)
    refuse_blocked(prompt, negative, policy, effort.steps, beside)
    return Sampling(
        prompt=prompt,
        negative_prompt=negative,
        width=LEAST_SIDE,
        height=LEAST_SIDE,
        steps=effort.steps,
        sampler=effort.sampler,
        guidance_scale=Imagination.BALANCED.guidance_scale,
        sums_parts=recipe is not None and recipe.sums_parts,
        weighting=recipe.weighting if recipe else read_settings(Settings).weighting,
    )
