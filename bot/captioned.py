"""Captions of pictures that a word is about to be trained from, as their member reads them."""

from __future__ import annotations

import asyncio

from bot import wording
from bot.contact_sheet import contact_sheet
from bot.pictures import alt_text
from bot.studio import Studio
from bot.trained import Attached, examples_seen
from bot.wording import escape
from moderation.policy import Policy
from storage.events import Description
from storage.records.jobs import JobRecord
from storage.training import Caption, Subject

_SHOWN = 120
"""Characters of a caption in a message: there are up to ten."""


def captioned(record: JobRecord, found: Description) -> str:
    """Write the message with a caption for each picture, and what they are good for."""
    task, say = record.job.task, wording.language_of(record).say
    assert isinstance(task, Caption)
    if task.training.subject is Subject.STYLE:
        intro = say("This is what I see in them:")
        note = say(
            "Please correct what is wrong: the style is what the captions leave out. Nothing is charged "
            "before you press Train."
        )
    else:
        intro = say("This is what I see around it:")
        note = say(
            "The word will stand for what the captions leave out. Nothing is charged before you press Train."
        )
    nothing = f"*{say('nothing that I have words for')}*"
    lines = [
        f"{place}. {escape(caption, _SHOWN) or nothing}"
        for place, caption in enumerate(found.captions, start=1)
    ]
    return "\n".join([wording.addressed(record), intro, *lines, f"-# {note}"])


async def captioned_sheet(studio: Studio, record: JobRecord, policy: Policy) -> tuple[Attached, ...]:
    """Give the pictures, numbered; none if not all of them may be seen. Raises BlobMissing, BlobStoreAway."""
    task = record.job.task
    assert isinstance(task, Caption)
    assert record.description is not None
    pictures = await examples_seen(studio, record, task.training, policy)
    if pictures is None:
        return ()
    sheet = await asyncio.to_thread(contact_sheet, pictures, None)
    said = (f"{place}: {caption}" for place, caption in enumerate(record.description.captions, start=1))
    return (Attached(f"{task.training.word}-pictures.png", sheet, alt_text("; ".join(said))),)
