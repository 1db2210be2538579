"""`darkroom outpaint`: what is beyond the borders of a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept
from commands.policy import PolicyOption, policy_of, refuse_blocked
from commands.rendering import render
from commands.sampling import noises_of, steps_of
from commands.settings import settings_of
from commands.terminal import Json, fail

if TYPE_CHECKING:
    from storage.jobs import Sampling


def outpaint(
    file: Annotated[Path, typer.Argument(help="The picture.")],
    left: Annotated[int, typer.Option(min=0, help="Pixels to add.")] = 0,
    right: Annotated[int, typer.Option(min=0, help="Pixels to add.")] = 0,
    up: Annotated[int, typer.Option(min=0, help="Pixels to add.")] = 0,
    down: Annotated[int, typer.Option(min=0, help="Pixels to add.")] = 0,
    zoom: Annotated[float | None, typer.Option(help="So much wider and higher, such as 1.5 or 2.")] = None,
    square: Annotated[bool, typer.Option("--square", help="Make both sides equal.")] = False,
    head_room: Annotated[
        bool, typer.Option("--head-room", help="Give back the head that the upper border cut off.")
    ] = False,
    prompt: Annotated[str | None, typer.Option(help="What it shows; else as its recipe says.")] = None,
    negative: Annotated[str, typer.Option(help="What should not be in it.")] = "",
    quality: Annotated[str, typer.Option(help="draft, standard or fine.")] = "standard",
    seed: Annotated[int | None, typer.Option(help="The same seed paints the same.")] = None,
    checkpoint: Annotated[str | None, typer.Option(help="Which model paints.")] = None,
    policy: PolicyOption = "sfw",
    folder: Annotated[Path, typer.Option("--out", help="Where the picture goes.")] = Path(),
    as_json: Json = False,
) -> None:
    """Paint what is beyond the borders of a picture; the picture itself stays as it is, pixel for pixel."""
    from bot.outpainting import NothingToPaint, outpainting, squared_up, zoomed_out
    from storage.jobs import MOST_SIDE, Margins, TooLarge
    from storage.settings import Settings

    settings = settings_of(Settings)
    chosen_policy = policy_of(policy)
    like = _like(file, prompt, negative, quality)
    refuse_blocked(like.prompt, like.negative_prompt, chosen_policy, like.steps)
    sides = {"left": left, "right": right, "up": up, "down": down}
    if sum((any(sides.values()), zoom is not None, square, head_room)) != 1:
        fail("Say where to grow, in one way: sides such as --up 64, or --zoom 2, --square or --head-room.")
    blob, mask, size = kept(settings, file, None)
    if mask is not None:
        fail(f"{file} is transparent in parts: have them filled first, by darkroom imagine --image {file}.")
    (noise,) = noises_of(seed)
    try:
        margins = None
        if zoom is not None:
            margins = zoomed_out(size, zoom)
        elif square:
            margins = squared_up(size)
        elif not head_room:
            margins = Margins.model_validate(sides)
        if margins is not None:
            margins.around(size)
    except (NothingToPaint, TooLarge) as error:
        fail(str(error))
    except (ValueError, OverflowError):
        fail(f"{file} would grow too large: the most that I paint is {MOST_SIDE} pixels a side.")
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name) as (connection, served):
        task = outpainting(like, blob, size, margins, served.side, noise)
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json)


def _like(file: Path, prompt: str | None, negative: str, quality: str) -> Sampling:
    """The words and steps with which a picture grows: those of its recipe, unless said otherwise."""
    from pydantic import ValidationError

    from bot.presets import Imagination, Quality
    from storage.jobs import LEAST_SIDE, Sampling
    from storage.recipe import sampled
    from storage.recipe_file import RecipeError, read_recipe

    try:
        recipe = sampled(read_recipe(file))
    except RecipeError as error:
        fail(f"{file}: {error}")
    if prompt is None and recipe is None:
        fail(f"{file} carries no recipe, so I do not know what it shows: say it, as in --prompt 'the sea'.")
    like = {
        "prompt": prompt or (recipe.prompt if recipe else ""),
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
        fail(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}; see darkroom outpaint --help.")
