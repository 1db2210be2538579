"""`darkroom upscale`: a picture made larger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import file_bytes
from commands.policy import PolicyOption, policy_of, refuse_blocked
from commands.recipes import recipe_in
from commands.rendering import render
from commands.sampling import noises_of
from commands.settings import settings_of
from commands.terminal import Json, fail

if TYPE_CHECKING:
    from storage.jobs import Factor, Upscale
    from storage.settings import Settings


def upscale(
    file: Annotated[Path, typer.Argument(help="A picture.")],
    factor: Annotated[int, typer.Option(help="2 or 4: how many times as wide and as high.")] = 2,
    detail: Annotated[
        bool, typer.Option("--detail", help="Let a checkpoint draw over it, tile by tile.")
    ] = False,
    strength: Annotated[
        float | None, typer.Option(help="How much the detail may change: 0.3 is little, 0.6 a lot.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed draws the same detail.")] = None,
    checkpoint: Annotated[str | None, typer.Option(help="Which model draws the detail.")] = None,
    policy: PolicyOption = "sfw",
    folder: Annotated[Path, typer.Option("--out", help="Where the picture goes.")] = Path(),
    as_json: Json = False,
) -> None:
    """Make a picture larger through the same queue and worker as a member's job, and print its path."""
    from storage.recipe import sampled
    from storage.settings import Settings
    from tasks.detail import STRENGTH, with_detail

    settings = settings_of(Settings)
    chosen_policy = policy_of(policy)
    if not detail and any(each is not None for each in (strength, seed, checkpoint)):
        fail("--strength, --seed and --checkpoint are about detail: add --detail.")
    strength = STRENGTH if strength is None else strength
    if not 0 < strength <= 1:
        fail(f"A strength of {strength:g} is not possible: say how much may change, from 0.01 to 1.")
    task = _upscale_task(settings, file, factor)
    if task.prompt:
        refuse_blocked(task.prompt, task.negative_prompt, chosen_policy, task.steps)
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name) as (connection, served):
        if detail:
            (noise,) = noises_of(seed)
            task = with_detail(task, sampled(recipe_in(file)), served.side, noise.seed, strength)
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json)


def _upscale_task(settings: Settings, file: Path, factor: int) -> Upscale:
    """The task for a file, which is cleaned and kept, with its recipe if it has one."""
    import io

    from PIL import Image

    from storage.blobs import Blobs, BlobStoreAway
    from storage.intake import IntakeError, take_in
    from storage.recipe_file import RecipeError, read_recipe, to_png
    from storage.sizes import TooLarge, upscaled_size
    from tasks.upscale import larger

    if factor not in (2, 4):
        fail(f"A factor of {factor} is not possible: choose 2 or 4.")
    data = file_bytes(file)
    try:
        taken, recipe = take_in(data), read_recipe(data)
        upscaled_size(taken.original, factor)
        png = taken.picture
        if recipe:
            png = to_png(Image.open(io.BytesIO(png)), recipe)
        image = Blobs.open(settings).put(png)
    except (IntakeError, RecipeError, TooLarge) as error:
        fail(f"{file}: {error}")
    except BlobStoreAway as error:
        fail(str(error))
    return larger(image, cast("Factor", factor), recipe)
