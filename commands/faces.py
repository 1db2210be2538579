"""`darkroom faces`: the people in a picture, with better faces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept_whole
from commands.policy import PolicyOption, policy_of, refuse_blocked
from commands.rendering import render
from commands.sampling import like_of, noises_of
from commands.settings import settings_of
from commands.terminal import Json, fail


def faces(
    file: Annotated[Path, typer.Argument(help="The picture.")],
    part: Annotated[str, typer.Option(help="face, or only the eyes or the mouth of each.")] = "face",
    separate: Annotated[
        bool,
        typer.Option("--separate", help="Write each face to a file of its own, too."),
    ] = False,
    strength: Annotated[
        float | None, typer.Option(help="How much of a face may change: 0.4 is little, 1 is everything.")
    ] = None,
    restorer: Annotated[
        str | None, typer.Option(help="A model that was made to restore faces, such as gfpgan.")
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="What it shows; else as its recipe says.")] = None,
    negative: Annotated[str, typer.Option(help="What should not be in it.")] = "",
    quality: Annotated[str, typer.Option(help="draft, standard or fine.")] = "standard",
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same faces.")] = None,
    checkpoint: Annotated[str | None, typer.Option(help="Which model paints.")] = None,
    policy: PolicyOption = "sfw",
    folder: Annotated[Path, typer.Option("--out", help="Where the pictures go.")] = Path(),
    as_json: Json = False,
) -> None:
    """Render the faces in a picture again, each at the model's full resolution; all else stays as it is."""
    from storage.settings import Settings
    from storage.starts import FacePart, Faces
    from tasks.faces import new_faces

    settings = settings_of(Settings)
    chosen_policy = policy_of(policy)
    if part not in get_args(FacePart):
        fail(f"A {part} is nothing that I can render alone: choose face, eyes or mouth.")
    if strength is not None and not 0 < strength <= 1:
        fail(f"A strength of {strength:g} is not possible: say how much may change, from 0.01 to 1.")
    like = like_of(file, prompt, negative, quality, usual="a person")
    refuse_blocked(like.prompt, like.negative_prompt, chosen_policy, like.steps)
    blob, _ = kept_whole(settings, file)
    asked = {"image": blob, "part": part, "separate": separate, "restorer": restorer}
    start = Faces.model_validate(asked if strength is None else {**asked, "strength": strength})
    (noise,) = noises_of(seed)
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name) as (connection, served):
        task = new_faces(like, start, served.side, noise)
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json)
