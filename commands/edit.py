"""`darkroom edit`: one thing in a picture becomes another, and the rest stays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept_whole
from commands.options import Checkpoint, Folder, Json, Negative, Picture, Policy, Quality, Seed
from commands.other_programs import words_in
from commands.recipes import recipe_in
from commands.rendering import render
from commands.sampling import like_of, noises_of, suited
from commands.terminal import fail
from moderation.prompt_form import one_line


def edit(
    file: Picture,
    prompt: Annotated[
        str,
        typer.Option(
            "--to", parser=one_line, metavar="TEXT", help="What it shall show: --from with other words in it."
        ),
    ],
    shows: Annotated[
        str | None,
        typer.Option(
            "--from", parser=one_line, metavar="TEXT", help="What it shows now; else as its recipe says."
        ),
    ] = None,
    negative: Negative = "",
    quality: Quality = None,
    seed: Seed = None,
    checkpoint: Checkpoint = None,
    policy: Policy = "sfw",
    folder: Folder = Path(),
    as_json: Json = False,
) -> None:
    """Change in a picture what two texts say differently; where they agree it stays, pixel for pixel."""
    from moderation.policy import load_policy
    from storage.recipe import sampled
    from storage.settings import Settings, read_settings
    from tasks.edit import check_texts, edit_task

    settings = read_settings(Settings)
    chosen_policy = load_policy(policy)
    if shows is None:
        recipe = sampled(recipe_in(file))
        told = recipe.prompt if recipe else (words_in(file) or ("",))[0]
        if not told:
            fail(f"{file} carries no recipe, so I do not know what it shows: say it, as in --from 'the sea'.")
        shows = told
    like = like_of(file, prompt, negative, quality, chosen_policy, beside=(shows,))
    check_texts(shows, like.prompt)
    blob, size = kept_whole(settings, file)
    (noise,) = noises_of(seed)
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name, [folder]) as (connection, served):
        like = suited(like, quality, served)
        task = edit_task(like, blob, size, shows, served.side, noise)
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json)
