"""`darkroom train`: a word for what pictures have in common."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.farm import farm
from commands.intake import kept
from commands.options import Checkpoint, Folder, Json, Policy, Seed, chosen
from commands.policy import refuse_forbidden
from commands.rendering import render
from commands.terminal import about, fail
from moderation.prompt_form import one_line

if TYPE_CHECKING:
    from storage.events import Finished, Trained
    from storage.settings import Settings


def _kind(said: str) -> str:
    from storage.jobs import Subject

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
    caption: Annotated[
        list[str] | None,
        typer.Option(
            parser=one_line,
            metavar="TEXT",
            help="What is around it in a picture; again for the next one. Else CLIP says it.",
        ),
    ] = None,
    checkpoint: Checkpoint = None,
    seed: Seed = None,
    policy: Policy = "sfw",
    folder: Folder = Path(),
    as_json: Json = False,
) -> None:
    """Train a word for what pictures have in common, and print the path of its file.

    The file goes into the embeddings folder, so that prompts can use the word from then on. A sheet that
    shows what the word draws goes where --out says.
    """
    from moderation.policy import load_policy
    from moderation.prompt_language.schedule import USUAL_STEPS
    from storage.jobs import Subject
    from storage.settings import Settings, read_settings
    from tasks.embeddings import checked_name
    from tasks.train import new_training, refuse_number

    settings, chosen_policy = read_settings(Settings), load_policy(policy)
    refuse_number(len(pictures))
    _refuse_taken(settings, checked_name(word))
    blobs = [kept(settings, picture, None)[0] for picture in pictures]
    task = new_training(word, blobs, Subject(kind), caption or (), vectors, seed)
    refuse_forbidden(task.prompt, "", chosen_policy, USUAL_STEPS)
    name = checkpoint or settings.default_checkpoint
    with farm(settings, name) as (connection, _):
        finished = render(connection, task, name, chosen_policy)
    assert finished.trained is not None
    place = _write(settings, finished.trained)
    sheet = _write_sheet(settings, finished, folder)
    if as_json:
        typer.echo(json.dumps(_answer(finished, place, sheet), ensure_ascii=False))
    else:
        typer.echo(place)
        typer.echo(f"What it draws: {sheet}", err=True)


def _refuse_taken(settings: Settings, word: str) -> None:
    """Raise Refused if there is an embedding of that name, whose pictures would change."""
    from gpuworker.models.embeddings import embedding_files
    from storage.called import called

    files = embedding_files(settings)
    if (taken := called(word, files)) is not None:
        fail(f"There is an embedding called {taken} already, {files[taken]}: choose another word.")


def _write(settings: Settings, trained: Trained) -> Path:
    from storage.blobs import Blobs

    place = settings.embeddings_folder / f"{trained.word}.safetensors"
    file = Blobs.open(settings).get(trained.file)
    with about(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file)
    return place


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
    place = folder / f"{trained.word}-training.png"
    with about(place):
        folder.mkdir(parents=True, exist_ok=True)
        sheet.save(place)
    return place


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
