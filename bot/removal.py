"""Taking pictures away: their messages, and their blobs where nothing else refers to them."""

from __future__ import annotations

import logging

import discord

from bot.studio import Studio, StudioClient
from storage.jobs import JobId
from storage.records.showings import Showing

log = logging.getLogger(__name__)


async def remove_pictures(client: StudioClient, job_id: JobId, *known: Showing) -> None:
    """Delete every message that shows a picture of a job, those `known` too, and blobs that nobody needs.

    Raises discord.HTTPException, DatabaseAway, BlobStoreAway; it may be repeated.
    """
    for showing in dict.fromkeys((*known, *await client.studio.showings.of(job_id))):
        message = client.get_partial_messageable(showing.channel_id).get_partial_message(showing.message_id)
        try:
            await message.delete()
        except (discord.NotFound, discord.Forbidden) as error:
            log.info("message %d is not to be deleted: %s", showing.message_id, error)
        await client.studio.showings.forget([showing.message_id])
    await delete_unneeded(client.studio, job_id)


async def delete_unneeded(studio: Studio, job_id: JobId) -> None:
    """Delete the blobs of a job that nothing refers to. Raises DatabaseAway, BlobStoreAway."""
    unneeded = await studio.showings.unneeded(job_id)
    for blob in set(unneeded.values()):
        await studio.blobs.adelete(blob)
    if unneeded:
        await studio.showings.release(job_id, list(unneeded))
        log.info("job %s: deleted its pictures %s", job_id, sorted(unneeded))
