"""`darkroom finish`: a draft, taken further in the finest quality."""

from __future__ import annotations

from pathlib import Path

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept_whole
from commands.options import Folder, Json, Picture, Policy
from commands.policy import refuse_blocked
from commands.recipes import recipe_in
from commands.rendering import render
from commands.terminal import fail


def finish(file: Picture, policy: Policy = "sfw", folder: Folder = Path(), as_json: Json = False) -> None:
    """Take a draft further: the same picture in the finest quality, from the noise that it began with."""
    from moderation.policy import load_policy
    from storage.recipe import Recipe
    from storage.settings import Settings, read_settings
    from tasks.finish import finished, is_draft

    settings, chosen_policy, draft = read_settings(Settings), load_policy(policy), recipe_in(file)
    if not isinstance(draft, Recipe):
        fail(f"{file} carries no recipe of a draft: give a picture that Darkroom drew with --quality draft.")
    if not is_draft(draft):
        fail(f"{file} is no draft: it was drawn in {draft.steps} steps, or from another picture.")
    refuse_blocked(draft.prompt, draft.negative_prompt, chosen_policy, draft.steps)
    blob, _ = kept_whole(settings, file)
    with farm(settings, draft.checkpoint, [folder]) as (connection, served):
        task = finished(draft, blob, served.usual)
        hand_over(settings, render(connection, task, draft.checkpoint, chosen_policy), folder, as_json)
