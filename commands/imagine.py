"""`darkroom imagine`: pictures from words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.again import make_again, refuse_without_sources
from commands.basis import basis_in, basis_of
from commands.farm import farm
from commands.handover import hand_over, print_ranks
from commands.intake import kept
from commands.options import (
    Anatomy,
    BestOf,
    Checkpoint,
    Count,
    Folder,
    Guidance,
    Imagination,
    Json,
    MaskWords,
    Policy,
    Quality,
    Rescue,
    Sampler,
    Seed,
    Size,
    Steps,
    Strength,
)
from commands.policy import refuse_blocked, refuse_forbidden
from commands.recipes import recipe_in
from commands.rendering import render
from commands.sampling import noises_of
from commands.terminal import fail, misuse
from moderation.prompt_form import one_line

if TYPE_CHECKING:
    from storage.intake.other_programs import ForeignRecipe
    from storage.jobs import Imagine
    from storage.served import Usual
    from storage.settings import Settings
    from storage.starts import AnyStart


def imagine(
    prompt: Annotated[
        str | None,
        typer.Argument(
            parser=one_line,
            metavar="[PROMPT]",
            help="What should be in it; {red, blue} is a prompt for each.",
        ),
    ] = None,
    negative: Annotated[
        str | None, typer.Option(parser=one_line, metavar="TEXT", help="What should not be in it.")
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            help="Make this picture, Darkroom's or another program's, again but for what is said otherwise."
        ),
    ] = None,
    image: Annotated[
        Path | None, typer.Option(help="A picture to start from; its transparent parts are filled.")
    ] = None,
    strength: Strength = None,
    mask: Annotated[
        Path | None, typer.Option(help="Of the picture's size, white where it shall change.")
    ] = None,
    mask_words: MaskWords = None,
    freeze: Annotated[Path | None, typer.Option(help="Take over the noise of this earlier picture.")] = None,
    size: Size = None,
    quality: Quality = None,
    imagination: Imagination = None,
    steps: Steps = None,
    sampler: Sampler = None,
    guidance: Guidance = None,
    seed: Seed = None,
    count: Count = 1,
    best_of: BestOf = None,
    ranks: Annotated[bool, typer.Option("--ranks", help="Say by what the best were ranked.")] = False,
    checkpoint: Checkpoint = None,
    anatomy: Anatomy = None,
    rescue: Rescue = None,
    seamless: Annotated[
        bool, typer.Option("--seamless", help="Draw a tile whose opposite borders fit each other.")
    ] = False,
    policy: Policy = "sfw",
    folder: Folder = Path(),
    as_json: Json = False,
) -> None:
    """Render pictures through the same queue and worker as a member's job, and print their paths."""
    from moderation.policy import load_policy
    from storage.settings import Settings, read_settings
    from tasks.permutations import permuted

    source = _Source(image, mask, mask_words, strength)
    _refuse_misuse(prompt, like, source, count, best_of, ranks)
    pasted = None
    if prompt and like is None:
        prompt, negative, pasted = _taken_apart(prompt, negative)
    if seamless and image is not None:
        misuse("Seamless tiles are drawn from words alone: leave out --seamless, or --image.")
    settings, chosen_policy = read_settings(Settings), load_policy(policy)
    numbers = {"steps": steps, "sampler": sampler, "guidance_scale": guidance}
    others = {"anatomy": anatomy, "rescue": rescue, "seamless": seamless or None}
    typed = _typed(quality, imagination, prompt=prompt, negative_prompt=negative, **numbers, **others)
    drawn_over = (image, strength, mask, mask_words, freeze)
    different = (*drawn_over, size, seed, best_of, checkpoint, seamless or None)
    earlier = None if like is None else recipe_in(like)
    if like and earlier and not typed and count == 1 and all(other is None for other in different):
        make_again(settings, like, earlier, chosen_policy, folder, as_json)
        return
    basis = None
    if like is not None:
        basis = basis_in(like, earlier, settings, checkpoint, says_prompt=bool(prompt))
    elif pasted is not None:
        basis = basis_of(pasted, settings, checkpoint, of="What you pasted")
    usual = {**_typed("standard", "balanced"), "weighting": settings.weighting}
    fields = (basis.fields if basis else usual) | typed
    negative_said = fields.get("negative_prompt", "")
    prompts = permuted(prompt) if prompt else (fields["prompt"],)
    beside = source.words(basis.start if basis else None)
    for each in prompts:
        refuse_blocked(each, negative_said, chosen_policy, fields["steps"], beside=beside)
    fields["noises"] = noises_of(seed, best_of or count, freeze, basis.noise if basis else None)
    fields["best"] = best_of and count
    if like and basis and basis.recipe and image is None:
        refuse_without_sources(settings, like, basis.recipe)
    fields["start"], shape = source.start(settings, basis.start if basis else None)
    if fields["start"] is not None:
        fields["seamless"] = False
    name = checkpoint or (basis.checkpoint if basis else settings.default_checkpoint)
    with farm(settings, name, [folder]) as (connection, served):
        fresh = basis is None or basis.checkpoint != name
        if meant := _suited(quality, imagination, served.usual, fresh, **numbers):
            fields |= meant
            for each in prompts:
                refuse_forbidden(each, negative_said, chosen_policy, fields["steps"], beside=beside)
        if size or shape or "width" not in fields:
            shape = shape or (basis.shape if basis else None)
            fields["width"], fields["height"] = _pixels(size, shape, served.side)
        tasks = [_task(fields | {"prompt": each}) for each in prompts]
        _say_what_braces_make(tasks)
        for task in tasks:
            finished = render(connection, task, name, chosen_policy)
            if ranks:
                print_ranks(finished)
            hand_over(settings, finished, folder, as_json)


def _taken_apart(prompt: str, negative: str | None) -> tuple[str | None, str | None, ForeignRecipe | None]:
    """Give prompt and negative prompt as they were pasted, or the recipe, if there are settings, too."""
    from storage.intake.other_programs.pasted import read_pasted

    pasted = read_pasted(prompt)
    if pasted is None:
        return prompt, negative, None
    if pasted.steps is not None:
        return None, negative, pasted
    if not pasted.prompt:
        misuse("You pasted a negative prompt alone: say what should be in the picture.")
    return pasted.prompt, pasted.negative_prompt if negative is None else negative, None


def _say_what_braces_make(tasks: Sequence[Imagine]) -> None:
    """Say on standard error, before they are drawn, which prompts braces make, and what that costs."""
    from tasks.price import price_of

    if len(tasks) == 1:
        return
    for place, task in enumerate(tasks, start=1):
        typer.echo(f"{place}: {task.prompt}", err=True)
    pictures, price = sum(task.pictures for task in tasks), sum(map(price_of, tasks))
    typer.echo(f"{len(tasks)} prompts, {pictures} pictures, worth {price} credits in chat.", err=True)


@dataclass(frozen=True)
class _Source:
    """What the options say of a picture to start from."""

    image: Path | None
    mask: Path | None
    mask_words: str | None
    strength: float | None

    def words(self, earlier: AnyStart | None) -> tuple[str, ...]:
        """Give the words for what shall change, from the option or from what `earlier` had."""
        if self.mask_words:
            return (self.mask_words,)
        return earlier.words if earlier and self.image is None else ()

    def start(
        self, settings: Settings, earlier: AnyStart | None
    ) -> tuple[AnyStart | None, tuple[int, int] | None]:
        """Store the picture, cleaned; give the start and its width and height, or what `earlier` had."""
        from tasks.redraw import redrawn

        if self.image is None:
            if self.strength is None:
                return earlier, None
            if earlier is None:
                misuse(_NO_IMAGE)
            return earlier.model_copy(update={"strength": self.strength}), None
        blob, mask_blob, size = kept(settings, self.image, self.mask)
        return redrawn(blob, mask_blob, self.mask_words, self.strength), size


_NO_IMAGE = "A mask and a strength belong to a picture to start from: add --image FILE."


def _refuse_misuse(
    prompt: str | None, like: Path | None, source: _Source, count: int, best_of: int | None, ranks: bool
) -> None:
    """Raise Misused if the options do not go together."""
    if prompt is None and like is None:
        misuse("Say what should be in the picture, in quotes, or make one again: --like FILE.")
    if ranks and best_of is None:
        misuse("Only the best of several have ranks: add --best-of N.")
    if best_of is not None and best_of < count:
        misuse(
            f"--best-of {best_of} makes {best_of} pictures, of which the best {count} cannot be chosen: "
            f"say --best-of {count} or more, or a smaller --count."
        )
    if source.mask is not None and source.mask_words is not None:
        misuse("What shall change is said by --mask or by --mask-words: leave out one of them.")
    if source.image is None and (source.mask is not None or source.mask_words is not None):
        misuse(_NO_IMAGE)
    if source.image is None and source.strength is not None and like is None:
        misuse(_NO_IMAGE)


def _typed(quality: str | None, imagination: str | None, **numbers: Any) -> dict[str, Any]:
    """Give the fields of the task that were typed; numbers override what quality and imagination mean."""
    from storage.served import Usual

    return _meant(quality, imagination, Usual()) | {
        name: value for name, value in numbers.items() if value is not None
    }


def _meant(quality: str | None, imagination: str | None, usual: Usual) -> dict[str, Any]:
    """Give what quality and imagination mean for a checkpoint that is drawn with as `usual`."""
    from tasks.presets import Imagination, Quality

    fields: dict[str, Any] = {}
    if quality is not None:
        effort = Quality(quality).effort_with(usual)
        fields |= {"steps": effort.steps, "sampler": effort.sampler}
    if imagination is not None:
        fields["guidance_scale"] = Imagination(imagination).guidance_with(usual)
    return fields


def _suited(
    quality: str | None, imagination: str | None, usual: Usual, fresh: bool, **numbers: Any
) -> dict[str, Any]:
    """Give the fields that depend on what suits the checkpoint; `fresh` are all that were not typed, too."""
    from storage.served import Usual

    if usual == Usual():
        return {}
    if fresh:
        quality, imagination = quality or "standard", imagination or "balanced"
    meant = _meant(quality, imagination, usual)
    return {name: value for name, value in meant.items() if numbers.get(name) is None}


def _task(fields: dict[str, Any]) -> Imagine:
    """Build the task. Raises Refused for what only shows once everything is together."""
    from pydantic import ValidationError

    from storage.jobs import Imagine

    try:
        return Imagine.model_validate(fields)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        fail(f"{said[:1].upper()}{said[1:]}.")


def _pixels(size: str | None, shape: tuple[int, int] | None, side: int) -> tuple[int, int]:
    """Give width and height: as typed, else in the shape of the picture that is started from, else square."""
    from tasks.size import size_like, size_said

    if size is not None:
        return size_said(size, side)
    return size_like(*(shape or (1, 1)), side)
