"""Pictures that members attach: fetched when the command comes, cleaned, and kept for the job."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import discord

from bot.presets import default_strength
from bot.refusals import Refusal
from bot.studio import Studio
from storage.blobs import BlobStoreAway
from storage.intake import LARGEST_FILE, IntakeError, take_in
from storage.jobs import Start

log = logging.getLogger(__name__)

_PATIENCE = 20.0
"""Seconds for all of a command's attachments."""


async def start_from(
    studio: Studio,
    image: discord.Attachment,
    mask: discord.Attachment | None,
    mask_words: str | None,
    strength: float | None,
) -> tuple[Start, tuple[int, int]]:
    """What a job starts from, and its width and height. Raises Refusal; takes seconds, as `keep` does."""
    blob, mask_blob, size = await keep(studio, image, mask)
    if mask_words:
        # What is transparent stays out of it: the words say what changes.
        mask_blob = None
    if strength is None:
        strength = default_strength(bool(mask_blob or mask_words))
    return Start(image=blob, strength=strength, mask=mask_blob, mask_words=mask_words), size


async def keep(
    studio: Studio, image: discord.Attachment, mask: discord.Attachment | None = None
) -> tuple[str, str | None, tuple[int, int]]:
    """The blobs of a picture and of what is masked in it, if anything, and its width and height.

    Raises Refusal. Takes seconds: answer the interaction first. It cannot wait for the job, as links to
    attachments expire.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            picture, *masks = await asyncio.gather(*(_read(each) for each in (image, mask) if each))
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        log.warning("an attachment could not be fetched: %r", error)
        raise Refusal("Discord did not hand me the picture in time. Please send it again.") from error
    try:
        async with studio.cleaning:
            taken = await asyncio.to_thread(take_in, picture, *masks)
        blob = await studio.blobs.aput(taken.picture)
        mask_blob = await studio.blobs.aput(taken.mask) if taken.mask else None
    except IntakeError as error:
        raise Refusal(str(error)) from error
    except BlobStoreAway as error:
        log.error("an attachment could not be kept: %s", error)
        raise Refusal("I cannot keep pictures right now. Please try again later.") from error
    return blob, mask_blob, taken.size


async def _read(attachment: discord.Attachment) -> bytes:
    if attachment.size > LARGEST_FILE:
        raise Refusal(
            f"That file has {attachment.size / 1e6:.0f} MB. Send one of at most {LARGEST_FILE // 10**6} MB."
        )
    return await attachment.read()
