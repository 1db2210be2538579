"""What the pictures that a job begins with were made to show: judged with what the job says, as one whole.

What a prompt leaves out, its picture may show. So the words of all jobs count that a picture goes back to,
and those of a picture that was made here, posted, and is brought back as a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.named_job import find_record
from bot.photographed import trained_files
from bot.pictures import job_of_file
from bot.studio import Interaction, Studio
from moderation.prompt_form import malformed
from storage.fields import BlobHash
from storage.jobs import Describe, Imagine, Task, Upscale
from storage.recipe import AnyRecipe
from storage.records.blob_uses import learned_from
from storage.records.jobs import JobRecord
from storage.records.shown_words import words_of
from storage.training import Subject


async def shown_before(studio: Studio, task: Task) -> tuple[str, ...]:
    """Give what a task's pictures were made to show, as far as the task does not say so itself.

    Those count too from which a word for a thing or for somebody was trained. Raises DatabaseAway.
    """
    blobs = {*task.sources, *(await _learned_from(studio, task))}
    if not blobs or isinstance(task, Describe):
        return ()
    own = {"", task.prompt, *task.beside}
    shown = map(_readable, await studio.shown_words.of(blobs))
    return tuple(text for text in dict.fromkeys(shown) if text not in own)


async def _learned_from(studio: Studio, task: Task) -> set[str]:
    files = trained_files(task) if isinstance(task, Imagine | Upscale) else ()
    recipes = await studio.lineage.trained(files) if files else []
    of_things = (recipe for recipe in recipes if recipe.get("subject") != Subject.STYLE)
    return {blob for recipe in of_things for blob in learned_from(recipe, None)}


async def note_shown(
    interaction: Interaction, blob: BlobHash, name: str, recipes: Sequence[AnyRecipe]
) -> None:
    """Note what a picture that a member brings was made to show, as its file and the file's name tell.

    That is only ever added to what is judged, so nobody wins anything by writing it. Raises DatabaseAway.
    """
    studio, job_id = interaction.client.studio, job_of_file(name)
    named = await find_record(interaction, job_id) if job_id else None
    behind = {source for recipe in recipes for source in recipe.sources}
    told = [text for recipe in recipes for text in words_of(recipe)]
    if named is not None:
        behind.update(named.job.task.sources)
        told += _words_of_job(named)
    if behind:
        told += await studio.shown_words.of(behind)
    await studio.shown_words.note(blob, told)


def _words_of_job(record: JobRecord) -> Iterator[str]:
    for picture in record.pictures:
        yield from words_of(picture.recipe)
    yield from record.job.shows


def _readable(text: str) -> str:
    """Give a text that rules can read: of one that no member could have typed, the words."""
    return " ".join(re.findall(r"\w+", text)) if malformed(text, "") else text
