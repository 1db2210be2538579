"""What was discarded, kept for whoever trains models, where the operator opted in."""

from __future__ import annotations

import asyncio
import logging

from bot.studio import Studio
from moderation.verdict import Action
from storage.blobs import BlobMissing, BlobStoreAway
from storage.database import DatabaseAway
from storage.misfires import Misfires
from storage.records.jobs import JobRecord

log = logging.getLogger(__name__)


async def keep_misfires(studio: Studio, record: JobRecord) -> None:
    """Keep what was discarded of a job, anonymously; what the bot itself would not show is left out.

    Whatever goes wrong, the job is delivered: the log says it.
    """
    if studio.settings.misfires == "off":
        return
    misfires, with_prompt = Misfires(studio.settings.home), studio.settings.misfires == "prompts"
    for each in (each for picture in record.pictures for each in picture.discarded):
        try:
            png = await studio.blobs.aget(each.blob)
            gallery = await studio.gallery.of(record.origin.guild_id)
            look = studio.reviewer.action(each.blob, png, each.recipe, record.job, record.job.policy, gallery)
            if await look is Action.ALLOW:
                await asyncio.to_thread(misfires.add, each, png, with_prompt)
        except (BlobMissing, BlobStoreAway, DatabaseAway, OSError) as error:
            log.warning("a misfire is not kept: %s", error)
