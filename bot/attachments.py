"""Pictures that members attach: fetched when the command comes, cleaned, and stored for the job."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import discord

from bot.pictures import png_size
from bot.refusals import Refusal
from bot.studio import Studio
from storage.fields import BlobHash
from storage.intake import LARGEST_FILE, take_in, take_mask
from storage.starts import AnyStart
from tasks.redraw import redrawn

log = logging.getLogger(__name__)

_PATIENCE = 20.0
"""Seconds for all of a command's attachments."""


async def start_from(
    studio: Studio,
    image: discord.Attachment,
    mask: discord.Attachment | None,
    mask_words: str | None,
    strength: float | None,
) -> tuple[AnyStart, tuple[int, int]]:
    """Give what a job starts from, and its width and height. Raises Refusal; takes seconds, like `keep`."""
    blob, mask_blob, size = await keep(studio, image, mask)
    return redrawn(blob, mask_blob, mask_words, strength), size


async def start_from_kept(
    studio: Studio,
    blob: BlobHash,
    mask: discord.Attachment | None,
    mask_words: str | None,
    strength: float | None,
) -> tuple[AnyStart, tuple[int, int]]:
    """Do the same for a picture of Darkroom's making. Raises Refusal; takes seconds."""
    (mask_file,) = await _fetched(mask) if mask else (None,)
    size = png_size(await studio.blobs.aget(blob))
    mask_blob = None
    if mask_file:
        async with studio.cleaning:
            cleaned = await asyncio.to_thread(take_mask, mask_file, size)
        mask_blob = await studio.blobs.aput(cleaned)
    return redrawn(blob, mask_blob, mask_words, strength), size


async def keep(
    studio: Studio, image: discord.Attachment, mask: discord.Attachment | None = None
) -> tuple[str, str | None, tuple[int, int]]:
    """Give the blobs of a picture and of what is masked in it, if anything, and its width and height.

    Raises Refusal. Takes seconds: answer the interaction first. It cannot wait for the job, as links to
    attachments expire.
    """
    picture, *masks = await _fetched(*(each for each in (image, mask) if each))
    async with studio.cleaning:
        taken = await asyncio.to_thread(take_in, picture, *masks)
    blob = await studio.blobs.aput(taken.picture)
    mask_blob = await studio.blobs.aput(taken.mask) if taken.mask else None
    return blob, mask_blob, taken.size


async def _fetched(*attachments: discord.Attachment) -> list[bytes]:
    for attachment in attachments:
        refuse_heavy(attachment)
    try:
        async with asyncio.timeout(_PATIENCE):
            return await asyncio.gather(*(each.read() for each in attachments))
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        log.warning("an attachment could not be fetched: %r", error)
        raise Refusal("Discord did not hand me the picture in time. Please send it again.") from error


def refuse_two_masks(mask: discord.Attachment | None, mask_words: str | None) -> None:
    """Raise Refusal when both say what shall change."""
    if mask and mask_words:
        raise Refusal("What shall change is said by a mask or in words. Please leave out one of them.")


def refuse_heavy(attachment: discord.Attachment) -> None:
    """Raise Refusal for a file that is too large even to be fetched."""
    if attachment.size > LARGEST_FILE:
        raise Refusal(
            f"That file has {attachment.size / 1e6:.0f} MB. Send one of at most {LARGEST_FILE // 10**6} MB."
        )
