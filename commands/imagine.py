"""`darkroom imagine`: pictures from words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.again import make_again, refuse_without_sources
from commands.farm import farm
from commands.handover import hand_over, print_ranks
from commands.intake import kept
from commands.policy import PolicyOption, policy_of, refuse_blocked
from commands.recipes import recipe_in
from commands.rendering import render
from commands.sampling import effort_of, noises_of
from commands.settings import settings_of
from commands.terminal import Json, fail

if TYPE_CHECKING:
    from storage.jobs import Imagine
    from storage.recipe import AnyRecipe
    from storage.settings import Settings
    from storage.starts import AnyStart


def imagine(
    prompt: Annotated[str | None, typer.Argument(help="What should be in the picture.")] = None,
    negative: Annotated[str | None, typer.Option(help="What should not be in it.")] = None,
    like: Annotated[
        Path | None,
        typer.Option(help="Make this picture of Darkroom's again, but for what is said otherwise here."),
    ] = None,
    image: Annotated[
        Path | None, typer.Option(help="A picture to start from; its transparent parts are filled.")
    ] = None,
    strength: Annotated[
        float | None, typer.Option(help="How much of it may change: above 0, up to 1.")
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(help="Of the picture's size, white where it shall change.")
    ] = None,
    mask_words: Annotated[
        str | None, typer.Option(help="What in the picture shall change, such as 'the left hand'.")
    ] = None,
    freeze: Annotated[Path | None, typer.Option(help="Take over the noise of this earlier picture.")] = None,
    size: Annotated[
        str | None,
        typer.Option(
            help="square, portrait, landscape, wide, or WIDTHxHEIGHT; else square, or as the image."
        ),
    ] = None,
    quality: Annotated[
        str | None, typer.Option(help="draft, standard or fine.", show_default="standard")
    ] = None,
    imagination: Annotated[
        str | None,
        typer.Option(help="wild, free, balanced, faithful or literal.", show_default="balanced"),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps, instead of a quality.")] = None,
    sampler: Annotated[str | None, typer.Option(help="euler, euler_a, dpmpp_2m, ddim, ...")] = None,
    guidance: Annotated[float | None, typer.Option(help="Guidance scale, instead of an imagination.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same picture.")] = None,
    count: Annotated[int, typer.Option(help="How many pictures.")] = 1,
    best_of: Annotated[
        int | None,
        typer.Option(min=1, max=16, help="Make so many, and keep the best of them."),
    ] = None,
    ranks: Annotated[bool, typer.Option("--ranks", help="Say by what the best were ranked.")] = False,
    checkpoint: Annotated[str | None, typer.Option(help="Which model paints.")] = None,
    policy: PolicyOption = "sfw",
    folder: Annotated[Path, typer.Option("--out", help="Where the pictures go.")] = Path(),
    as_json: Json = False,
) -> None:
    """Render pictures through the same queue and worker as a member's job, and print their paths."""
    from storage.recipe import sampled
    from storage.settings import Settings
    from storage.starts import MASK_WORDS_LIMIT

    if prompt is None and like is None:
        raise typer.BadParameter("say what should be in the picture, or make one again: --like FILE")
    if ranks and best_of is None:
        raise typer.BadParameter("only the best of several have ranks: add --best-of N")
    settings = settings_of(Settings)
    chosen_policy = policy_of(policy)
    typed = _typed(
        quality,
        imagination,
        prompt=prompt,
        negative_prompt=negative,
        steps=steps,
        sampler=sampler,
        guidance_scale=guidance,
    )
    others = (image, strength, mask, mask_words, freeze, size, seed, best_of, checkpoint)
    earlier = None if like is None else _earlier(like)
    if like and earlier and not typed and count == 1 and all(other is None for other in others):
        make_again(settings, like, earlier, chosen_policy, folder, as_json)
        return
    basis = sampled(earlier)
    if earlier and basis is None:
        fail(f"{like} was made larger from a picture without a recipe: there is nothing in it to change.")
    fields = (basis.again().model_dump() if basis else _typed("standard", "balanced")) | typed
    refuse_blocked(fields["prompt"], fields.get("negative_prompt", ""), chosen_policy, fields["steps"])
    fields["noises"] = noises_of(seed, best_of or count, freeze, basis.noise if basis else None)
    fields["best"] = best_of and min(count, best_of)
    if like and basis and image is None:
        refuse_without_sources(settings, like, basis)
    if mask_words is not None and not 0 < len(mask_words.strip()) <= MASK_WORDS_LIMIT:
        fail(f"--mask-words takes 1 to {MASK_WORDS_LIMIT} characters.")
    start, shape = _start(settings, image, mask, mask_words, strength, basis.start if basis else None)
    if start and start.words:
        negative_prompt = fields.get("negative_prompt", "")
        refuse_blocked(fields["prompt"], negative_prompt, chosen_policy, fields["steps"], start.words)
    fields["start"] = start
    name = checkpoint or (basis.checkpoint if basis else settings.default_checkpoint)
    with farm(settings, name) as (connection, served):
        if size or shape or not basis:
            fields["width"], fields["height"] = _pixels(size, shape, served.side)
        finished = render(connection, _task(fields), name, chosen_policy)
        if ranks:
            print_ranks(finished)
        hand_over(settings, finished, folder, as_json)


def _earlier(file: Path) -> AnyRecipe:
    """The recipe of a picture that others shall be like."""
    recipe = recipe_in(file)
    if recipe is None:
        fail(f"{file} carries no recipe, so it cannot be made again: give a picture that Darkroom made.")
    return recipe


def _typed(quality: str | None, imagination: str | None, **numbers: Any) -> dict[str, Any]:
    """The fields of the task that are said; numbers go before what quality and imagination stand for."""
    from tasks.presets import Imagination

    fields: dict[str, Any] = {}
    if quality is not None:
        effort = effort_of(quality)
        fields |= {"steps": effort.steps, "sampler": effort.sampler}
    if imagination is not None:
        try:
            fields["guidance_scale"] = Imagination(imagination).guidance_scale
        except ValueError as error:
            fail(f"{error}; see darkroom imagine --help.")
    return fields | {name: value for name, value in numbers.items() if value is not None}


def _task(fields: dict[str, Any]) -> Imagine:
    from pydantic import ValidationError

    from storage.jobs import Imagine

    try:
        return Imagine.model_validate(fields)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"])) or "count"
        fail(f"{place}: {problem['msg'].removeprefix('Value error, ')}; see darkroom imagine --help.")


def _pixels(size: str | None, shape: tuple[int, int] | None, side: int) -> tuple[int, int]:
    """Width and height: as said, else in the shape of the picture that is started from, else square."""
    from tasks.presets import Size, size_like

    if size is None:
        return Size.SQUARE.pixels(side) if shape is None else size_like(*shape, side)
    across, _, down = size.partition("x")
    try:
        return (int(across), int(down)) if down else Size(size).pixels(side)
    except ValueError as error:
        fail(f"{error}; see darkroom imagine --help.")


def _start(
    settings: Settings,
    image: Path | None,
    mask: Path | None,
    mask_words: str | None,
    strength: float | None,
    earlier: AnyStart | None,
) -> tuple[AnyStart | None, tuple[int, int] | None]:
    """What to start from: the image, cleaned and kept, with its width and height; or what `earlier` did."""
    from tasks.redraw import redrawn

    if mask is not None and mask_words is not None:
        fail("What shall change is said by --mask or by --mask-words: leave out one of them.")
    if strength is not None and not 0 < strength <= 1:
        fail(f"A strength of {strength:g} is not possible: say how much may change, from 0.01 to 1.")
    if image is None:
        if mask is not None or mask_words is not None or (strength is not None and earlier is None):
            fail("A mask and a strength belong to a picture to start from: add --image FILE.")
        if earlier is not None and strength is not None:
            earlier = earlier.model_copy(update={"strength": strength})
        return earlier, None
    blob, mask_blob, size = kept(settings, image, mask)
    return redrawn(blob, mask_blob, mask_words, strength), size
