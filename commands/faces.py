"""`darkroom faces`: the people in a picture, with better faces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.farm import farm
from commands.handover import hand_over
from commands.intake import kept_whole
from commands.options import (
    Checkpoint,
    FacePart,
    Folder,
    Json,
    Negative,
    Picture,
    Policy,
    Quality,
    Seed,
    Shows,
    Strength,
)
from commands.rendering import render
from commands.sampling import like_of, noises_of, suited


def faces(
    file: Picture,
    part: FacePart = "face",
    separate: Annotated[
        bool, typer.Option("--separate", help="Write each face to a file of its own, too.")
    ] = False,
    strength: Strength = None,
    restorer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A model that was made to restore faces, such as gfpgan."),
    ] = None,
    prompt: Shows = None,
    negative: Negative = "",
    quality: Quality = None,
    seed: Seed = None,
    checkpoint: Checkpoint = None,
    policy: Policy = "sfw",
    folder: Folder = Path(),
    as_json: Json = False,
) -> None:
    """Render the faces in a picture again, each at the model's full resolution; all else stays as it is."""
    from moderation.policy import load_policy
    from storage.settings import Settings, read_settings
    from storage.starts import Faces
    from tasks.faces import new_faces

    settings = read_settings(Settings)
    chosen_policy = load_policy(policy)
    like = like_of(file, prompt, negative, quality, chosen_policy, usual="a person")
    blob, _ = kept_whole(settings, file)
    asked = {"image": blob, "part": part, "separate": separate, "restorer": restorer}
    start = Faces.model_validate(asked if strength is None else {**asked, "strength": strength})
    (noise,) = noises_of(seed)
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name, [folder]) as (connection, served):
        like = suited(like, quality, served)
        task = new_faces(like, start, served.side, noise)
        hand_over(settings, render(connection, task, name, chosen_policy), folder, as_json, source=file)
