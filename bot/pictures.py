"""A job's pictures on their way into a channel: which may be shown there, and as what file."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Sequence

import discord
from PIL import Image

from bot.grid import as_file
from bot.studio import Studio
from moderation.judge import judge_picture
from moderation.policy import Policy
from storage.events import Picture
from storage.recipe import parameters_text, sampled
from storage.records.jobs import JobRecord


def allowed(pictures: Sequence[Picture], policy: Policy) -> list[int]:
    """The indices of the pictures that left the worker and that this policy lets through."""
    return [index for index, picture in enumerate(pictures) if _is_allowed(picture, policy)]


def _is_allowed(picture: Picture, policy: Policy) -> bool:
    if picture.blob is None:
        return False
    recipe = picture.recipe
    verdict = judge_picture(
        picture.findings, policy, prompt=recipe.prompt, steps=recipe.steps, checkpoint=recipe.checkpoint
    )
    return not verdict.blocked


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height of a picture as it is kept."""
    return Image.open(io.BytesIO(png), formats=("PNG",)).size


def job_of_file(name: str) -> str | None:
    """The id of the job whose pictures were posted under that file name; None if it is none of ours."""
    ours = re.fullmatch(r"darkroom-(?P<job>[0-9a-f]{16})(-[0-9]+)?\.[a-z]+", name)
    return ours and ours["job"]


async def picture_file(studio: Studio, record: JobRecord, shown: Sequence[int], limit: int) -> discord.File:
    """One file, at most `limit` bytes, of these pictures. Raises BlobMissing, BlobStoreAway."""
    chosen = [record.pictures[index] for index in shown]
    files = await asyncio.gather(*(studio.blobs.aget(picture.blob) for picture in chosen if picture.blob))
    parameters = "\n".join(parameters_text(picture.recipe) for picture in chosen)
    data, ending = await asyncio.to_thread(as_file, files, parameters, limit)
    recipe = sampled(chosen[0].recipe)
    name = f"darkroom-{record.job.id}" + (f"-{recipe.noise.seed}" if recipe else "")
    return discord.File(io.BytesIO(data), filename=f"{name}.{ending}")
