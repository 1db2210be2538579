"""Pictures that members attach: fetched when the command comes, cleaned, and stored for the job."""

from __future__ import annotations

import asyncio
import logging

import discord

from bot.cdn import NOT_HANDED_OVER, fetch
from bot.channels import policy_of
from bot.message_pictures import Shown
from bot.permitted import NO_ATTACHMENTS
from bot.pictures import png_size
from bot.refusals import Refusal
from bot.shown_words import note_shown
from bot.studio import Interaction, Studio
from moderation.told import Told
from storage.fields import BlobHash
from storage.intake import LARGEST_FILE
from storage.starts import AnyStart
from tasks.redraw import redrawn

log = logging.getLogger(__name__)

_PATIENCE = 20.0
"""Seconds for all of a command's attachments."""


async def start_from(
    interaction: Interaction,
    image: discord.Attachment | Shown,
    mask: discord.Attachment | None,
    mask_words: str | None,
    strength: float | None,
) -> tuple[AnyStart, tuple[int, int]]:
    """Give what a job starts from, and its width and height. Raises Refusal; takes seconds, like `keep`."""
    blob, mask_blob, size = await keep(interaction, image, mask)
    return redrawn(blob, mask_blob, mask_words, strength), size


async def start_from_kept(
    interaction: Interaction,
    blob: BlobHash,
    mask: discord.Attachment | None,
    mask_words: str | None,
    strength: float | None,
) -> tuple[AnyStart, tuple[int, int]]:
    """Do the same for a picture that Darkroom made. Raises Refusal; takes seconds."""
    studio = interaction.client.studio
    size = png_size(await studio.blobs.aget(blob))
    mask_blob = None
    if mask:
        await _refuse_unwanted(interaction, mask)
        async with studio.arriving:
            (file,) = await _fetched(mask)
            cleaned = await studio.cleaner.take_mask(file, size)
        mask_blob = await studio.blobs.aput(cleaned)
    return redrawn(blob, mask_blob, mask_words, strength), size


async def keep(
    interaction: Interaction, image: discord.Attachment | Shown, mask: discord.Attachment | None = None
) -> tuple[str, str | None, tuple[int, int]]:
    """Store a picture and its mask, if any; give their blobs and the picture's width and height.

    What the picture was made to show, if it was made here, is noted with it. Raises Refusal, DatabaseAway.
    Takes seconds: answer the interaction first. This cannot wait for the job, as links to attachments expire.
    """
    files: list[discord.Attachment | Shown] = [image] if mask is None else [image, mask]
    await _refuse_unwanted(interaction, *files)
    studio = interaction.client.studio
    async with studio.arriving:
        picture, *masks = await _fetched(*files)
        taken = await studio.cleaner.take_in(picture, *masks)
    blob = await studio.blobs.aput(taken.picture)
    await note_shown(interaction, blob, _name_of(image), taken.recipes)
    mask_blob = await studio.blobs.aput(taken.mask) if taken.mask else None
    return blob, mask_blob, taken.size


def _name_of(image: discord.Attachment | Shown) -> str:
    return image.name if isinstance(image, Shown) else image.filename


async def keep_whole(interaction: Interaction, image: discord.Attachment) -> tuple[str, tuple[int, int]]:
    """Do the same for a picture that must not be transparent anywhere. Raises Refusal."""
    blob, holes, size = await keep(interaction, image)
    if holes is not None:
        raise Refusal(
            Told("Parts of your picture are transparent. Please have them filled first, by `/imagine`.")
        )
    return blob, size


async def file_of(interaction: Interaction, picture: discord.Attachment | Shown) -> bytes:
    """Give a picture's file as it was sent. Raises Refusal; takes seconds."""
    await _refuse_unwanted(interaction, picture)
    return await document_of(interaction, picture)


async def document_of(interaction: Interaction, document: discord.Attachment | Shown) -> bytes:
    """Give a file that is no picture, which channels without pictures of members take, too.

    Raises Refusal; takes seconds.
    """
    refuse_heavy(document)
    async with interaction.client.studio.arriving:
        (file,) = await _fetched(document)
    return file


async def cleaned(studio: Studio, image: discord.Attachment) -> bytes:
    """Give a picture as it would be stored, a PNG file, without storing it. Raises Refusal; takes seconds."""
    refuse_heavy(image)
    async with studio.arriving:
        (file,) = await _fetched(image)
        return (await studio.cleaner.take_in(file)).picture


async def _fetched(*files: discord.Attachment | Shown) -> list[bytes]:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await asyncio.gather(
                *(fetch(file.address if isinstance(file, Shown) else file.url) for file in files)
            )
    except TimeoutError as error:
        log.warning("Discord did not hand over a file within %g s", _PATIENCE)
        raise Refusal(NOT_HANDED_OVER) from error


def refuse_two_masks(mask: discord.Attachment | None, mask_words: str | None) -> None:
    """Raise Refusal if both a mask and words say what shall change."""
    if mask and mask_words:
        raise Refusal(Told("What shall change is said by a mask or in words. Please leave out one of them."))


async def _refuse_unwanted(interaction: Interaction, *files: discord.Attachment | Shown) -> None:
    """Raise Refusal where the policy takes no pictures, and for files that are too large."""
    refuse_heavy(*files)
    if not (await policy_of(interaction.client.studio, interaction.channel)).attachments:
        raise Refusal(NO_ATTACHMENTS)


def refuse_heavy(*files: discord.Attachment | Shown) -> None:
    """Raise Refusal for a file that is too large even to be fetched."""
    for file in files:
        if file.size > LARGEST_FILE:
            size, most = file.size / 1e6, LARGEST_FILE // 10**6
            raise Refusal(
                Told("That file has {size:.0f} MB. Send one of at most {most} MB.", size=size, most=most)
            )
