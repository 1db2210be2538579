"""`darkroom outpaint`: what is beyond the borders of a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept_whole
from commands.options import (
    Checkpoint,
    Folder,
    Json,
    Negative,
    Picture,
    Pixels,
    Policy,
    Quality,
    Seed,
    Shows,
)
from commands.rendering import render
from commands.sampling import like_of, noises_of, suited
from commands.terminal import about, misuse

if TYPE_CHECKING:
    from storage.sizes import Margins


def outpaint(
    file: Picture,
    left: Pixels = 0,
    right: Pixels = 0,
    up: Pixels = 0,
    down: Pixels = 0,
    zoom: Annotated[float | None, typer.Option(help="So much wider and higher, such as 1.5 or 2.")] = None,
    square: Annotated[bool, typer.Option("--square", help="Make both sides equal.")] = False,
    head_room: Annotated[
        bool, typer.Option("--head-room", help="Give back the head that the upper border cut off.")
    ] = False,
    prompt: Shows = None,
    negative: Negative = "",
    quality: Quality = None,
    seed: Seed = None,
    checkpoint: Checkpoint = None,
    policy: Policy = "sfw",
    folder: Folder = Path(),
    as_json: Json = False,
) -> None:
    """Paint what is beyond the borders of a picture; the picture itself stays as it is, pixel for pixel."""
    from moderation.policy import load_policy
    from storage.settings import Settings, read_settings
    from tasks.outpaint import outpainting

    settings = read_settings(Settings)
    chosen_policy = load_policy(policy)
    like = like_of(file, prompt, negative, quality, chosen_policy)
    sides = {"left": left, "right": right, "up": up, "down": down}
    if sum((any(sides.values()), zoom is not None, square, head_room)) != 1:
        misuse("Say where to grow, in one way: sides such as --up 64, or --zoom 2, --square or --head-room.")
    blob, size = kept_whole(settings, file)
    with about(file):
        margins = None if head_room else _margins(size, sides, zoom, square)
    (noise,) = noises_of(seed)
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name, [folder]) as (connection, served):
        like = suited(like, quality, served)
        task = outpainting(like, blob, size, margins, served.side, noise)
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json, source=file)


def _margins(size: tuple[int, int], sides: dict[str, int], zoom: float | None, square: bool) -> Margins:
    """Give the pixels by which a picture grows on each side. Raises NothingToPaint, TooLarge."""
    from tasks.outpaint import squared_up, widened, zoomed_out

    if zoom is not None:
        return zoomed_out(size, zoom)
    return squared_up(size) if square else widened(size, **sides)
