"""A word that was trained, on its way to its member: its file, the sheet that shows it, and its record."""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass

from PIL import Image

from bot.defaults import usual_checkpoint
from bot.photographed import SOMEBODY, shows_somebody
from bot.pictures import Reviewed
from bot.refusals import Refusal
from bot.studio import Interaction, Studio
from moderation.policy import Policy
from moderation.told import Told
from storage.events import Trained
from storage.jobs import JobId
from storage.records.carry_over import NOBODY
from storage.records.embeddings import NewEmbedding, Preview
from storage.records.jobs import JobRecord, RowState
from storage.records.word_names import NameTaken
from storage.training import Train
from storage.training_notes import TrainingNotes
from tasks.training_sheet import training_sheet

log = logging.getLogger(__name__)

POLICY, STAYS = "policy", "stays"
"""What a recipe says beside its training: under which policy it was, and whether for another checkpoint on
purpose than the one that its server drew with."""
_OUTSIDE = Told("A word belongs to a server, so it is trained in one: please ask in a channel there.")
_LOST = Told("The word was trained, but its file was lost on the way. Please train it again.")
_LARGEST = 6_000_000
"""Bytes of a file, beside which pictures have room: words are 33 KB at most, but LoRAs of SDXL larger."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file for a message, beside the pictures."""

    name: str
    data: bytes
    shows: str | None = None


async def attached_for(
    studio: Studio, record: JobRecord, trained: Trained, pictures: Reviewed, policy: Policy
) -> tuple[Attached, ...]:
    """Give the sheet, if everything on it may be seen, and the word's file.

    Raises BlobMissing, BlobStoreAway.
    """
    task = record.job.task
    assert isinstance(task, Train)
    file = await studio.blobs.aget(trained.file)
    found = [Attached(f"{task.word}.safetensors", file)] if len(file) <= _LARGEST else []
    examples = await examples_seen(studio, record, task, policy)
    if examples is not None and not pictures.veiled:
        sheet = await asyncio.to_thread(_sheet, examples, pictures.files, trained.losses)
        found.insert(0, Attached(f"{task.word}-training.png", sheet, shows=task.word))
    return tuple(found)


async def examples_seen(studio: Studio, record: JobRecord, task: Train, policy: Policy) -> list[bytes] | None:
    """Give the pictures that a job learns from, as the bot took them in; None if not all may be seen.

    Raises BlobMissing, BlobStoreAway, DatabaseAway.
    """
    examples, gallery = [], await studio.gallery.of(record.origin.guild_id)
    for example in task.examples:
        png = await studio.blobs.aget(example.image)
        verdict = await studio.reviewer.judge(png, policy, "", record.job.checkpoint, gallery)
        if verdict.blocked:
            log.warning("job %s: a picture to learn from may not be seen now", record.job.id)
            return None
        examples.append(png)
    return examples


async def tidy(studio: Studio, record: JobRecord) -> None:
    """Drop how far a training is that is over and, where nothing came of it, its pictures.

    May be repeated. Raises DatabaseAway, BlobStoreAway.
    """
    # No worker sees the end of what waited, or was given up.
    await asyncio.to_thread(TrainingNotes(studio.redis, studio.blobs).forget, record.job.id)
    if record.origin != NOBODY and record.state in (RowState.FAILED, RowState.CANCELLED):
        await delete_pictures(studio, record.job.id)


async def delete_pictures(studio: Studio, job_id: JobId) -> None:
    """Delete the pictures that a word was to be made of, as far as nothing else needs them.

    May be repeated. Raises DatabaseAway, BlobStoreAway.
    """
    for blob in await studio.lineage.unneeded(job_id):
        await studio.blobs.adelete(blob)
    await studio.lineage.forget(job_id)


def refuse_outside(interaction: Interaction) -> None:
    """Raise Refusal in direct messages, where no word could be kept."""
    if interaction.guild_id is None:
        raise Refusal(_OUTSIDE)


async def keep_word(studio: Studio, record: JobRecord, trained: Trained | None, author: str) -> Told | None:
    """Note a word as that of a server's member, who is called `author`, once; else say why it is lost.

    Another one of the same name stays as it is. Without what was `trained`, which is not noted with the job,
    it must have been noted before.
    """
    task, origin = record.job.task, record.origin
    assert isinstance(task, Train)
    if origin.guild_id is None:
        return _OUTSIDE
    there = await studio.embeddings.named(origin.guild_id, task.word)
    if there and there.owner_id == origin.member_id and (trained is None or there.file == trained.file):
        return None
    if trained is None:
        return _LOST
    try:
        await studio.embeddings.add(await _word(studio, record, trained, author), record.job.id)
    except NameTaken:
        return Told(
            "The word was trained, but meanwhile another one here got the name {word}. Please train it again "
            "under another name.",
            word=task.word,
        )
    return None


async def _word(studio: Studio, record: JobRecord, trained: Trained, author: str) -> NewEmbedding:
    task, origin = record.job.task, record.origin
    assert isinstance(task, Train)
    known = studio.checkpoints.get(record.job.checkpoint)
    return NewEmbedding(
        server_id=origin.guild_id or 0,
        name=task.word,
        owner_id=origin.member_id,
        author=author,
        family=(known and known.family) or "unknown",
        checkpoint=record.job.checkpoint,
        widths=trained.widths,
        vectors=task.vectors,
        file=trained.file,
        previews=tuple(
            Preview(blob=picture.blob, alt=picture.recipe.prompt)
            for picture in record.pictures
            if picture.blob is not None
        ),
        recipe=task.model_dump(mode="json")
        | {
            POLICY: record.job.policy.model_dump(mode="json"),
            SOMEBODY: await shows_somebody(studio, task.sources),
            STAYS: record.job.checkpoint != await usual_checkpoint(studio, origin.guild_id),
        },
    )


def _sheet(examples: list[bytes], drawn: tuple[bytes, ...], losses: tuple[float, ...]) -> bytes:
    def opened(png: bytes) -> Image.Image:
        return Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGB")

    training_sheet([*map(opened, examples)], [*map(opened, drawn)], losses).save(file := io.BytesIO(), "PNG")
    return file.getvalue()
