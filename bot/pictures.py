"""A job's pictures on their way into a channel: which may be shown there, and in what file."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

import discord
from PIL import Image

from bot.grid import as_file
from bot.language import Language
from bot.sayable import action_on_words, sayable
from bot.studio import Studio
from moderation.judge import judge_picture
from moderation.policy import Policy, Warned
from moderation.verdict import Action
from storage.events import Picture
from storage.manner import Manner
from storage.metrics import PICTURES_JUDGED
from storage.recipe import AnyRecipe, sampled
from storage.records.jobs import JobRecord

log = logging.getLogger(__name__)

_ALT_LIMIT = 1024
"""Characters that Discord takes as the description of a file."""


def allowed(pictures: Sequence[Picture], policy: Policy) -> list[int]:
    """List the indices of the pictures that left the worker and that a policy allows."""
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
    """Give width and height of a picture as it is stored."""
    return Image.open(io.BytesIO(png), formats=("PNG",)).size


def job_of_file(name: str) -> str | None:
    """Give the id of the job whose pictures have that file name; None if no job of ours has."""
    ours = re.fullmatch(r"(SPOILER_)?darkroom-(?P<job>[0-9a-f]{16})(-[0-9]+)?\.[a-z]+", name)
    return ours and ours["job"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Pictures of a job that the bot has examined itself and that a policy allows.

    `shown` are their indices among the job's, `files` the PNGs, in the same order; `said` is the record with
    the words that the policy lets be shown, and `veiled` says that the policy warns of one of the pictures,
    or of the prompt, or that the member wants them covered. `waiting` are the pictures that a moderator has
    to look at first.
    Only `reviewed` makes one, and nothing else is made into a file for Discord.
    """

    record: JobRecord
    said: JobRecord
    shown: tuple[int, ...]
    files: tuple[bytes, ...]
    veiled: bool = False
    waiting: tuple[int, ...] = ()


async def reviewed(
    studio: Studio,
    record: JobRecord,
    policy: Policy,
    among: Sequence[int] | None = None,
    *,
    for_moderator: bool = False,
) -> Reviewed:
    """Examine pictures of a job, or those `among` them, and give the ones that may be seen.

    What the worker found in them has to be allowed as well. What the policy holds for review is given to
    nobody but a moderator until one has approved it. Raises BlobMissing, BlobStoreAway, DatabaseAway.
    """
    of_words = await action_on_words(record.job.task, policy, record.job.cleared)
    shown, files, actions, waiting = [], [], {of_words}, []
    holds = policy.warned is Warned.REVIEW and record.origin.guild_id is not None and not for_moderator
    gallery = await studio.gallery.of(record.origin.guild_id)
    for index in allowed(record.pictures, policy):
        picture = record.pictures[index]
        if picture.blob is None or (among is not None and index not in among):
            continue
        png = await studio.blobs.aget(picture.blob)
        look = studio.reviewer.action(
            picture.blob, png, picture.recipe, record.job.checkpoint, policy, gallery
        )
        action = await look
        PICTURES_JUDGED.labels("bot", action).inc()
        if action is not Action.BLOCK:
            if holds and Action.WARN in (action, of_words) and not await _is_approved(studio, record, index):
                waiting.append(index)
                continue
            shown.append(index)
            files.append(png)
            actions.add(action)
        else:
            log.warning(
                "job %s: picture %d passed the worker's review and not the bot's", record.job.id, index
            )
    veiled = Action.WARN in actions or record.origin.manner is Manner.SPOILER
    said = await sayable(record, policy)
    return Reviewed(record, said, tuple(shown), tuple(files), veiled, tuple(waiting))


async def _is_approved(studio: Studio, record: JobRecord, index: int) -> bool:
    return index in await studio.reviews.approved_pictures(record.job.id)


async def picture_file(language: Language, pictures: Reviewed, limit: int) -> discord.File:
    """Make one file, at most `limit` bytes, of one or more pictures."""
    chosen = [pictures.record.pictures[index] for index in pictures.shown]
    recipes = [picture.recipe for picture in chosen]
    data, ending = await asyncio.to_thread(as_file, pictures.files, recipes, limit)
    recipe = sampled(recipes[0])
    said = [pictures.said.pictures[index].recipe for index in pictures.shown]
    name = f"darkroom-{pictures.record.job.id}" + (f"-{recipe.noise.seed}" if recipe else "")
    shows = _alt_text(language, said)
    named = f"{name}.{ending}"
    return discord.File(io.BytesIO(data), filename=named, spoiler=pictures.veiled, description=shows)


def _alt_text(language: Language, recipes: Sequence[AnyRecipe]) -> str:
    """Say for those who do not see a picture what it was meant to show."""
    shows = " ".join(recipes[0].prompt.split()) or language.say("a picture")
    if len(recipes) > 1:
        return alt_text(language.say("{count} pictures: {shows}", count=len(recipes), shows=shows))
    return alt_text(shows)


def alt_text(text: str) -> str:
    """Cut the description of a file to what Discord takes."""
    return text if len(text) <= _ALT_LIMIT else text[: _ALT_LIMIT - 1] + "…"
