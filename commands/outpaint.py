"""`darkroom outpaint`: what is beyond the borders of a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept_whole
from commands.policy import PolicyOption, policy_of, refuse_blocked
from commands.rendering import render
from commands.sampling import like_of, noises_of
from commands.settings import settings_of
from commands.terminal import Json, fail


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
    from storage.settings import Settings
    from storage.sizes import MOST_SIDE, Margins, TooLarge
    from tasks.outpaint import NothingToPaint, outpainting, squared_up, zoomed_out

    settings = settings_of(Settings)
    chosen_policy = policy_of(policy)
    like = like_of(file, prompt, negative, quality)
    refuse_blocked(like.prompt, like.negative_prompt, chosen_policy, like.steps)
    sides = {"left": left, "right": right, "up": up, "down": down}
    if sum((any(sides.values()), zoom is not None, square, head_room)) != 1:
        fail("Say where to grow, in one way: sides such as --up 64, or --zoom 2, --square or --head-room.")
    blob, size = kept_whole(settings, file)
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
