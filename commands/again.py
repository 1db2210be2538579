"""`darkroom imagine --like FILE`: the same picture once more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.farm import farm
from commands.handover import hand_over
from commands.policy import refuse_blocked
from commands.rendering import render
from commands.terminal import fail

if TYPE_CHECKING:
    from moderation.policy import Policy
    from storage.recipe import AnyRecipe
    from storage.settings import Settings


def make_again(
    settings: Settings, file: Path, recipe: AnyRecipe, policy: Policy, folder: Path, as_json: bool
) -> None:
    """Make the picture again whose recipe a file carries, exactly."""
    from storage.recipe import Recipe

    refuse_without_sources(settings, file, recipe)
    task = recipe.again()
    if task.prompt:
        refuse_blocked(task.prompt, task.negative_prompt, policy, task.steps, beside=task.beside)
    with farm(settings, recipe.checkpoint, [folder]) as (connection, served):
        if recipe.checkpoint_hash not in (None, served.hash):
            hint = f" To use it all the same, add --checkpoint {recipe.checkpoint}."
            fail(
                f"The checkpoint {recipe.checkpoint} is no longer as it was when it made {file}, so the "
                f"picture would differ.{hint if isinstance(recipe, Recipe) else ''}"
            )
        finished = render(connection, task, recipe.checkpoint, policy)
        hand_over(settings, finished, folder, as_json, source=file)


def refuse_without_sources(settings: Settings, file: Path, recipe: AnyRecipe) -> None:
    """Raise Refused if what the picture in the file was made from is not stored; raises BlobStoreAway."""
    from storage.blobs import Blobs

    blobs = Blobs.open(settings)
    if not all(blobs.has(source) for source in recipe.sources):
        fail(
            f"{file} was made from another picture, which is no longer kept: if you still have that one, "
            "start from it with --image."
        )
