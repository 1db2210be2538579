"""What pictures shall be like: an earlier one, by its recipe or by what another program wrote into it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from commands.other_programs import adapted_here, foreign_in
from commands.terminal import fail

if TYPE_CHECKING:
    from storage.intake.other_programs import ForeignRecipe
    from storage.noise import Noise
    from storage.recipe import AnyRecipe, Recipe
    from storage.settings import Settings
    from storage.starts import AnyStart


@dataclass(frozen=True)
class Basis:
    """Fields of a task, its noise and its checkpoint; without a noise one is drawn.

    `shape` is the width and height that it should have, where the fields do not say them. `recipe` is None
    for what another program made.
    """

    fields: dict[str, Any]
    noise: Noise | None
    checkpoint: str
    shape: tuple[int, int] | None = None
    recipe: Recipe | None = None

    @property
    def start(self) -> AnyStart | None:
        """Give what the earlier picture was made from."""
        return self.recipe.start if self.recipe else None


def basis_in(
    file: Path, recipe: AnyRecipe | None, settings: Settings, checkpoint: str | None, *, says_prompt: bool
) -> Basis:
    """Give what the picture in a file is told to be like, and say what of it cannot be done here.

    `recipe` is its own one, if it has one, and `checkpoint` the one that was chosen instead. Without a prompt
    in the file, another one must be said. Raises Refused, OSError.
    """
    from storage.recipe import sampled

    if recipe is None:
        return _of_another_program(file, settings, checkpoint, says_prompt=says_prompt)
    made = sampled(recipe)
    if made is None:
        fail(f"{file} was made larger from a picture without a recipe: there is nothing in it to change.")
    return Basis(made.again().model_dump(), made.noise, made.checkpoint, recipe=made)


def _of_another_program(
    file: Path, settings: Settings, checkpoint: str | None, *, says_prompt: bool
) -> Basis:
    told = foreign_in(file)
    if told is None:
        fail(
            f"{file} carries no recipe, so it cannot be made again: give a picture that Darkroom made, or "
            "A1111, ComfyUI, InvokeAI, Fooocus, SwarmUI, NovelAI or civitai."
        )
    return basis_of(told, settings, checkpoint, of=str(file), says_prompt=says_prompt)


def basis_of(
    told: ForeignRecipe, settings: Settings, checkpoint: str | None, *, of: str, says_prompt: bool = False
) -> Basis:
    """Give what another program told, as far as it can be done here, and say what cannot. Raises Refused."""
    near = adapted_here(told, settings, checkpoint)
    if not near.fields["prompt"] and not says_prompt:
        fail(f"{of} carries settings of {told.program} but no prompt: say what should be in the picture.")
    for sentence in near.missed:
        typer.echo(sentence, err=True)
    size = near.size if near.has_checkpoint else None
    sides = {} if size is None else {"width": size[0], "height": size[1]}
    return Basis({**near.fields, **sides}, near.noise, near.checkpoint, shape=near.size)
