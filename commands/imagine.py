"""`darkroom imagine`: pictures from words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept
from commands.policy import PolicyOption, policy_of, refuse_blocked
from commands.rendering import render
from commands.sampling import noises_of, steps_of
from commands.settings import settings_of
from commands.terminal import Json, fail

if TYPE_CHECKING:
    from storage.jobs import Imagine, Noise, Start
    from storage.settings import Settings


def imagine(
    prompt: Annotated[str, typer.Argument(help="What should be in the picture.")],
    negative: Annotated[str, typer.Option(help="What should not be in it.")] = "",
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
    quality: Annotated[str, typer.Option(help="draft, standard or fine.")] = "standard",
    imagination: Annotated[str, typer.Option(help="wild, free, balanced, faithful or literal.")] = "balanced",
    steps: Annotated[int | None, typer.Option(help="Denoising steps, instead of a quality.")] = None,
    sampler: Annotated[str | None, typer.Option(help="euler, euler_a, dpmpp_2m, ddim, ...")] = None,
    guidance: Annotated[float | None, typer.Option(help="Guidance scale, instead of an imagination.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same picture.")] = None,
    count: Annotated[int, typer.Option(help="How many pictures.")] = 1,
    best_of: Annotated[
        int | None,
        typer.Option(min=1, max=16, help="Make so many, and keep those that go best with the prompt."),
    ] = None,
    checkpoint: Annotated[str | None, typer.Option(help="Which model paints.")] = None,
    policy: PolicyOption = "sfw",
    folder: Annotated[Path, typer.Option("--out", help="Where the pictures go.")] = Path(),
    as_json: Json = False,
) -> None:
    """Render pictures through the same queue and worker as a member's job, and print their paths."""
    from storage.jobs import MASK_WORDS_LIMIT
    from storage.settings import Settings

    settings = settings_of(Settings)
    name = checkpoint or settings.default_checkpoint
    chosen_policy = policy_of(policy)
    asked_steps = steps_of(quality, steps)
    refuse_blocked(prompt, negative, chosen_policy, asked_steps)
    if mask_words is not None:
        if not 0 < len(mask_words.strip()) <= MASK_WORDS_LIMIT:
            fail(f"--mask-words takes 1 to {MASK_WORDS_LIMIT} characters.")
        refuse_blocked(mask_words, "", chosen_policy, asked_steps)
    noises = noises_of(seed, best_of or count, freeze)
    start, shape = _start(settings, image, mask, mask_words, strength)
    with farm(settings, name) as (connection, served):
        task = _imagine_task(
            prompt,
            negative,
            size,
            quality,
            imagination,
            asked_steps,
            sampler,
            guidance,
            noises,
            best_of and min(count, best_of),
            start,
            shape,
            served.side,
        )
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json)


def _imagine_task(
    prompt: str,
    negative: str,
    size: str | None,
    quality: str,
    imagination: str,
    steps: int,
    sampler: str | None,
    guidance: float | None,
    noises: Sequence[Noise],
    best: int | None,
    start: Start | None,
    shape: tuple[int, int] | None,
    side: int,
) -> Imagine:
    from pydantic import ValidationError

    from bot.presets import Imagination, Quality
    from storage.jobs import Imagine

    try:
        effort = Quality(quality).effort
        scale = Imagination(imagination).guidance_scale if guidance is None else guidance
        width, height = _pixels(size, shape, side)
    except ValueError as error:
        fail(f"{error}; see darkroom imagine --help.")
    try:
        return Imagine.model_validate(
            {
                "prompt": prompt,
                "negative_prompt": negative,
                "width": width,
                "height": height,
                "steps": steps,
                "sampler": effort.sampler if sampler is None else sampler,
                "guidance_scale": scale,
                "noises": noises,
                "best": best,
                "start": start,
            }
        )
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"])) or "count"
        fail(f"{place}: {problem['msg'].removeprefix('Value error, ')}; see darkroom imagine --help.")


def _pixels(size: str | None, shape: tuple[int, int] | None, side: int) -> tuple[int, int]:
    """Width and height: as said, else in the shape of the picture that is started from, else square."""
    from bot.presets import Size, size_like

    if size is None:
        return Size.SQUARE.pixels(side) if shape is None else size_like(*shape, side)
    across, _, down = size.partition("x")
    return (int(across), int(down)) if down else Size(size).pixels(side)


def _start(
    settings: Settings,
    image: Path | None,
    mask: Path | None,
    mask_words: str | None,
    strength: float | None,
) -> tuple[Start | None, tuple[int, int] | None]:
    """What to start from, cleaned and kept, and its width and height."""
    from bot.presets import default_strength
    from storage.jobs import Start

    if image is None:
        if mask is not None or mask_words is not None or strength is not None:
            fail("A mask and a strength belong to a picture to start from: add --image FILE.")
        return None, None
    if mask is not None and mask_words is not None:
        fail("What shall change is said by --mask or by --mask-words: leave out one of them.")
    if strength is not None and not 0 < strength <= 1:
        fail(f"A strength of {strength:g} is not possible: say how much may change, from 0.01 to 1.")
    blob, mask_blob, size = kept(settings, image, mask)
    if mask_words is not None:
        # What is transparent stays out of it: the words say what changes.
        mask_blob = None
    if strength is None:
        strength = default_strength(bool(mask_blob or mask_words))
    return Start(image=blob, strength=strength, mask=mask_blob, mask_words=mask_words), size
