"""`darkroom upscale`: a picture, enlarged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import file_bytes
from commands.options import Checkpoint, Factor, Folder, Json, Picture, Policy, Seed, Strength
from commands.policy import refuse_blocked
from commands.recipes import recipe_in
from commands.rendering import render
from commands.sampling import noises_of
from commands.terminal import about, misuse

if TYPE_CHECKING:
    from storage.jobs import Factor as TaskFactor
    from storage.jobs import Upscale
    from storage.settings import Settings


def upscale(
    file: Picture,
    factor: Factor = 2,
    detail: Annotated[
        bool, typer.Option("--detail", help="Let a checkpoint draw over it, tile by tile.")
    ] = False,
    strength: Strength = None,
    seed: Seed = None,
    checkpoint: Checkpoint = None,
    policy: Policy = "sfw",
    folder: Folder = Path(),
    as_json: Json = False,
) -> None:
    """Make a picture larger through the same queue and worker as a member's job, and print its path."""
    from moderation.policy import load_policy
    from storage.recipe import sampled
    from storage.settings import Settings, read_settings
    from tasks.detail import STRENGTH, with_detail

    if not detail and any(each is not None for each in (strength, seed, checkpoint)):
        misuse("--strength, --seed and --checkpoint are about detail: add --detail.")
    settings = read_settings(Settings)
    chosen_policy = load_policy(policy)
    task = _upscale_task(settings, file, factor)
    if task.prompt:
        refuse_blocked(task.prompt, task.negative_prompt, chosen_policy, task.steps)
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name, [folder]) as (connection, served):
        if detail:
            (noise,) = noises_of(seed)
            shown = sampled(recipe_in(file))
            share = STRENGTH if strength is None else strength
            task = with_detail(task, shown, served.side, noise.seed, share, served.usual)
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json, source=file)


def _upscale_task(settings: Settings, file: Path, factor: int) -> Upscale:
    """Build the task for a file, which is cleaned and stored, with its recipe if it has one.

    Raises OSError, IntakeError, RecipeError, TooLarge, BlobStoreAway.
    """
    import io

    from PIL import Image

    from storage.blobs import Blobs
    from storage.intake import take_in
    from storage.recipe_file import read_recipe, to_png
    from storage.sizes import upscaled_size
    from tasks.upscale import larger

    data = file_bytes(file)
    with about(file):
        taken, recipe = take_in(data), read_recipe(data)
        upscaled_size(taken.original, factor)
    png = taken.picture
    if recipe:
        png = to_png(Image.open(io.BytesIO(png)), recipe)
    image = Blobs.open(settings).put(png)
    return larger(image, cast("TaskFactor", factor), recipe)
