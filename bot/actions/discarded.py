"""Why was it discarded?: what was made, never shown, and what was wrong with the people in it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import discord
from PIL import Image, ImageDraw

from bot.actions.chosen import GONE, record_of
from bot.buttons import JobButton, job_button
from bot.channels import policy_of
from bot.grid import compose
from bot.language import Language, private
from bot.pictures import alt_text
from bot.promises import promise
from bot.refusals import Refusal
from bot.studio import Press, Studio
from moderation.policy import Policy
from moderation.rules.anatomy import said
from moderation.told import Told
from moderation.verdict import Action
from storage.blobs import BlobMissing
from storage.events import Discarded
from storage.jobs import JobId
from storage.records.jobs import JobRecord

_MOST_SHOWN = 4
_SIDE = 384
"""Pixels of the longer side of each picture on the sheet."""
_GREY = (110, 110, 110)
_SEVERE, _MILD = (237, 66, 69), (250, 166, 26)
"""Discord's red, and an orange."""


def button(language: Language, job_id: JobId) -> JobButton:
    """Make the button."""
    return job_button("discarded", job_id, label=language.say("Why was it discarded?"), row=4)


async def discarded(press: Press, job_id: JobId, index: int | None) -> None:
    """Show the member who pressed the discarded pictures of a job, with a box around what is wrong.

    The bot looks at each as at any other picture: of one that the channel's policy does not allow there are
    only the boxes.
    """
    record = await record_of(press, job_id)
    shown = [each for picture in record.pictures for each in picture.discarded][-_MOST_SHOWN:]
    if not shown:
        raise Refusal(GONE)
    await promise(press, ephemeral=True)
    policy, studio = await policy_of(press.client.studio, press.channel, press.user.id), press.client.studio
    looks = [await _look(studio, each, record, policy) for each in shown]
    sheet = await asyncio.to_thread(_sheet, shown, [png for png, _ in looks])
    language = private(press)
    lines = _lines(language, shown)
    if any(png is None for png, _ in looks):
        lines.append(
            language.say("Where there are only boxes, this channel's policy does not allow the picture.")
        )
    described = alt_text(language.say("Discarded pictures: {goofs}", goofs="; ".join(lines[1:])))
    veiled = any(action is Action.WARN for _, action in looks)
    file = discord.File(io.BytesIO(sheet), filename="discarded.png", spoiler=veiled, description=described)
    await press.edit_original_response(content="\n".join(lines), attachments=[file])


async def _look(
    studio: Studio, picture: Discarded, record: JobRecord, policy: Policy
) -> tuple[bytes | None, Action]:
    """Give a discarded picture, None if it may not be seen, and what the policy does with it."""
    try:
        png = await studio.blobs.aget(picture.blob)
    except BlobMissing:
        return None, Action.BLOCK
    gallery = await studio.gallery.of(record.origin.guild_id)
    action = await studio.reviewer.action(picture.blob, png, picture.recipe, record.job, policy, gallery)
    return (None if action is Action.BLOCK else png), action


def _lines(language: Language, shown: Sequence[Discarded]) -> list[str]:
    first = language.say("It was discarded because somebody in it came out wrong. It cost nothing.")
    goofs = [", ".join(dict.fromkeys(language.of(said(goof)) for goof in each.goofs)) for each in shown]
    return [
        first,
        *(
            language.of(Told("{place:ordinal}: {goofs}", place=place, goofs=words))
            for place, words in enumerate(goofs, start=1)
        ),
    ]


def _sheet(shown: Sequence[Discarded], pngs: Sequence[bytes | None]) -> bytes:
    tiles = [boxed(each, png) for each, png in zip(shown, pngs, strict=True)]
    across, down = max(tile.width for tile in tiles), max(tile.height for tile in tiles)
    padded = [Image.new("RGB", (across, down), _GREY) for _ in tiles]
    for frame, tile in zip(padded, tiles, strict=True):
        frame.paste(tile)
    file = io.BytesIO()
    compose(padded).save(file, "PNG")
    return file.getvalue()


def boxed(picture: Discarded, png: bytes | None) -> Image.Image:
    """Draw a box around all that is wrong in a picture; on grey, if it may not be seen."""
    zoom = _SIDE / max(picture.size)
    size = max(1, round(picture.size[0] * zoom)), max(1, round(picture.size[1] * zoom))
    tile = Image.new("RGB", size, _GREY)
    if png is not None:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            tile = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(tile)
    for goof in sorted(picture.goofs, key=lambda goof: goof.severe):
        for left, top, right, bottom in goof.boxes:
            right, bottom = max(left + 1, right), max(top + 1, bottom)
            corners = [left * zoom, top * zoom, right * zoom - 1, bottom * zoom - 1]
            pen.rectangle(corners, outline=_SEVERE if goof.severe else _MILD, width=3)
    return tile
