"""`darkroom train`: a word for what pictures have in common."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.farm import farm
from commands.intake import kept
from commands.known_faces import refuse_known_faces
from commands.options import Checkpoint, Folder, Json, Policy, Seed, chosen
from commands.policy import refuse_forbidden
from commands.rendering import render
from commands.terminal import about, fail, misuse, standard_input
from commands.writing import write_whole
from moderation.prompt_form import one_line

if TYPE_CHECKING:
    from storage.events import Finished, Trained
    from storage.settings import Settings
    from storage.training import Weights


def _kind(said: str) -> str:
    from storage.training import Subject

    return chosen(said, "kind", Subject)


def train(
    word: Annotated[str, typer.Argument(metavar="WORD", help="What the word shall be.")],
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURES...", help="3 to 10 pictures.")],
    kind: Annotated[
        str, typer.Option(parser=_kind, metavar="KIND", help="object, character or style.")
    ] = "object",
    vectors: Annotated[
        int | None, typer.Option(min=1, max=8, help="Vectors: more say more, and fill more of a prompt.")
    ] = None,
    lora: Annotated[
        bool | None,
        typer.Option("--lora/--no-lora", help="Train a LoRA, which learns better how things are drawn."),
    ] = None,
    caption: Annotated[
        list[str] | None,
        typer.Option(
            parser=one_line,
            metavar="TEXT",
            help="What is around it in a picture; again for the next one. Else CLIP says it.",
        ),
    ] = None,
    captions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The same from a file, a line for each picture; - reads it here."),
    ] = None,
    captions_only: Annotated[
        bool,
        typer.Option("--captions-only", help="Only print what CLIP says, a line for each picture."),
    ] = False,
    checkpoint: Checkpoint = None,
    seed: Seed = None,
    policy: Policy = "sfw",
    folder: Folder = Path(),
    as_json: Json = False,
) -> None:
    """Train a word for what pictures have in common, and print the path of its file.

    The file goes into the folder of embeddings, or of LoRAs, so that prompts can use it from then on. A sheet
    that shows what the word draws goes where --out says. To correct what is said of the pictures, print it
    with --captions-only, and hand it back with --captions.
    """
    from moderation.policy import load_policy
    from moderation.prompt_language.schedule import USUAL_STEPS
    from storage.settings import Settings, read_settings
    from storage.training import Caption, Subject, Weights
    from tasks.embeddings import checked_name
    from tasks.train import new_training, refuse_number, weights_for

    settings, chosen_policy = read_settings(Settings), load_policy(policy)
    refuse_number(len(pictures))
    weights = weights_for(Subject(kind), lora, allowed=True)
    _refuse_taken(settings, checked_name(word), weights)
    blobs = [kept(settings, picture, None)[0] for picture in pictures]
    said = _captions(caption, captions, len(pictures))
    task = new_training(word, blobs, Subject(kind), said, vectors, seed, weights)
    refuse_forbidden(task.prompt, "", chosen_policy, USUAL_STEPS)
    name = checkpoint or settings.default_checkpoint
    refuse_known_faces(settings, pictures, blobs, name)
    into = [] if captions_only else [_folder_of(settings, weights), folder]
    with farm(settings, name, into) as (connection, _):
        if captions_only:
            found = render(connection, Caption(training=task), name, chosen_policy).description
            assert found is not None
            _print_captions(found.captions, as_json)
            return
        finished = render(connection, task, name, chosen_policy)
    assert finished.trained is not None
    place = _write(settings, finished.trained, weights)
    sheet = _write_sheet(settings, finished, folder)
    if as_json:
        typer.echo(json.dumps(_answer(finished, place, sheet), ensure_ascii=False))
    else:
        typer.echo(place)
        for number, each in enumerate(finished.trained.captions, start=1):
            typer.echo(f"Picture {number}: {each or '(nothing said)'}", err=True)
        if weights is Weights.LORA:
            typer.echo(f"In a prompt: {task.written(finished.trained.phrase)}", err=True)
        typer.echo(f"What it draws: {sheet}", err=True)


def _captions(each: list[str] | None, file: Path | None, pictures: int) -> Sequence[str | None]:
    """Give the captions that were typed or stand in a file. Raises Misused, Refused and NothingToLearn."""
    from tasks.train import captions_said

    if each is not None and file is not None:
        misuse("Captions are said by --caption or by --captions: leave out one of them.")
    if file is None:
        return each or ()
    if file == Path("-"):
        return captions_said(standard_input().read(), pictures)
    with about(file):
        return captions_said(file.read_text("utf-8"), pictures)


def _print_captions(captions: Sequence[str], as_json: bool) -> None:
    typer.echo(json.dumps({"captions": captions}, ensure_ascii=False) if as_json else "\n".join(captions))


def _refuse_taken(settings: Settings, word: str, weights: Weights) -> None:
    """Raise Refused if there is an embedding or a LoRA of that name, whose pictures would change."""
    from gpuworker.models.embeddings import embedding_files
    from gpuworker.models.loras import lora_files
    from storage.called import called
    from storage.training import Weights

    if weights is Weights.LORA:
        kind, files = "a LoRA", {name: each.file for name, each in lora_files(settings).items()}
    else:
        kind, files = "an embedding", dict(embedding_files(settings))
    if (taken := called(word, files)) is not None:
        fail(f"There is {kind} called {taken} already, {files[taken]}: choose another word.")


def _folder_of(settings: Settings, weights: Weights) -> Path:
    from storage.training import Weights

    return settings.loras_folder if weights is Weights.LORA else settings.embeddings_folder


def _write(settings: Settings, trained: Trained, weights: Weights) -> Path:
    from storage.blobs import Blobs

    place = _folder_of(settings, weights) / f"{trained.word}.safetensors"
    return write_whole(place, Blobs.open(settings).get(trained.file))


def _write_sheet(settings: Settings, finished: Finished, folder: Path) -> Path:
    from PIL import Image

    from storage.blobs import Blobs
    from tasks.training_sheet import training_sheet

    trained, blobs = finished.trained, Blobs.open(settings)
    assert trained is not None

    def opened(blob: str) -> Image.Image:
        return Image.open(io.BytesIO(blobs.get(blob)))

    drawn = [opened(picture.blob) for picture in finished.pictures if picture.blob is not None]
    sheet = training_sheet([opened(each) for each in trained.examples], drawn, trained.losses)
    png = io.BytesIO()
    sheet.save(png, "PNG")
    return write_whole(folder / f"{trained.word}-training.png", png.getvalue())


def _answer(finished: Finished, place: Path, sheet: Path) -> dict[str, Any]:
    """Build what --json prints."""
    trained = finished.trained
    assert trained is not None
    return {
        "job": finished.job_id,
        "seconds": finished.seconds,
        "word": trained.word,
        "file": str(place),
        "bytes": trained.bytes,
        "vectors": trained.vectors,
        "captions": trained.captions,
        "losses": trained.losses,
        "sheet": str(sheet),
    }
