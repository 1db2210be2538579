"""`darkroom blend`: several pictures become one with something of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept_whole
from commands.options import Checkpoint, Count, Folder, Json, Policy, Seed, Strength
from commands.policy import refuse_blocked
from commands.rendering import render
from commands.sampling import noises_of
from moderation.prompt_form import one_line


def blend(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Two to five pictures.")],
    prompt: Annotated[
        str | None,
        typer.Option(parser=one_line, metavar="TEXT", help="What should be in it; else as CLIP finds."),
    ] = None,
    strength: Strength = None,
    seed: Seed = None,
    count: Count = 1,
    checkpoint: Checkpoint = None,
    policy: Policy = "sfw",
    folder: Folder = Path(),
    as_json: Json = False,
) -> None:
    """Blend two to five pictures into new ones with something of each, in the shape of the first."""
    from moderation.policy import load_policy
    from moderation.prompt_language.schedule import USUAL_STEPS
    from storage.settings import Settings, read_settings
    from tasks.blend import blend_of, refuse_number
    from tasks.presets import usual_task

    settings, chosen_policy = read_settings(Settings), load_policy(policy)
    refuse_number(len(files))
    if prompt:
        refuse_blocked(prompt, "", chosen_policy, USUAL_STEPS)
    kept = [kept_whole(settings, file) for file in files]
    start, shape = blend_of([blob for blob, _ in kept], strength), kept[0][1]
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name, [folder]) as (connection, served):
        usual = usual_task(prompt or "", shape, served.side, start, settings.weighting, served.usual)
        task = usual.model_copy(update={"noises": noises_of(seed, count)})
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json)
