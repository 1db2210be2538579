"""`darkroom edit`: one thing in a picture becomes another, and the rest stays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept_whole
from commands.policy import PolicyOption, policy_of, refuse_blocked
from commands.recipes import recipe_in
from commands.rendering import render
from commands.sampling import like_of, noises_of
from commands.settings import settings_of
from commands.terminal import Json, fail


def edit(
    file: Annotated[Path, typer.Argument(help="The picture.")],
    prompt: Annotated[str, typer.Option("--to", help="What it shall show: --from with other words in it.")],
    shows: Annotated[
        str | None, typer.Option("--from", help="What it shows now; else as its recipe says.")
    ] = None,
    negative: Annotated[str, typer.Option(help="What should not be in it.")] = "",
    quality: Annotated[str, typer.Option(help="draft, standard or fine.")] = "standard",
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same picture.")] = None,
    checkpoint: Annotated[str | None, typer.Option(help="Which model paints.")] = None,
    policy: PolicyOption = "sfw",
    folder: Annotated[Path, typer.Option("--out", help="Where the picture goes.")] = Path(),
    as_json: Json = False,
) -> None:
    """Change in a picture what two texts say differently; where they agree it stays, pixel for pixel."""
    from storage.recipe import sampled
    from storage.settings import Settings
    from tasks.edit import NothingToChange, check_texts, edit_task

    settings = settings_of(Settings)
    chosen_policy = policy_of(policy)
    if shows is None:
        recipe = sampled(recipe_in(file))
        if recipe is None:
            fail(f"{file} carries no recipe, so I do not know what it shows: say it, as in --from 'the sea'.")
        shows = recipe.prompt
    like = like_of(file, prompt, negative, quality)
    refuse_blocked(like.prompt, like.negative_prompt, chosen_policy, like.steps, beside=(shows,))
    try:
        check_texts(shows, like.prompt)
    except NothingToChange as error:
        fail(str(error))
    blob, size = kept_whole(settings, file)
    (noise,) = noises_of(seed)
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name) as (connection, served):
        task = edit_task(like, blob, size, shows, served.side, noise)
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json)
