"""A job's pictures on their way into a channel: which may be shown there, and in what file."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial

import discord
from PIL import Image

from bot.grid import as_file, fits_as_it_is
from bot.language import Language
from bot.photographed import shows_somebody, trained_files
from bot.sayable import action_on_words, sayable
from bot.studio import Studio
from moderation.gallery import Gallery
from moderation.judge import judge_picture
from moderation.policy import Policy, Warned
from moderation.verdict import Action, Verdict, most_severe
from moderation.withheld import is_for_adults, may_be_appealed
from storage.events import Picture
from storage.jobs import Job
from storage.manner import Manner
from storage.metrics import PICTURES_JUDGED
from storage.recipe import AnyRecipe, sampled
from storage.records.jobs import JobRecord
from storage.records.reviews import State
from storage.training import Train

log = logging.getLogger(__name__)

_ALT_LIMIT = 1024
"""Characters that Discord takes as the description of a file."""


async def allowed(studio: Studio, record: JobRecord, policy: Policy) -> list[int]:
    """List the indices of a job's pictures that left the worker and that a policy allows.

    Of what was rendered for review, moderators allow what the policy does not. Raises DatabaseAway.
    """
    if not record.job.for_review:
        return [index for index in range(len(record.pictures)) if _is_allowed(record, index, policy)]
    held = await studio.reviews.of_held(record.job.id)
    stored = {index for index, picture in enumerate(record.pictures) if picture.blob is not None}
    clean = {index for index in stored.difference(held) if _is_allowed(record, index, policy)}
    return sorted(clean | (stored & _approved(held) if policy.is_as_open_as(record.job.policy) else set()))


def _is_allowed(record: JobRecord, index: int, policy: Policy) -> bool:
    picture = record.pictures[index]
    if picture.blob is None or picture.verdict.blocked:
        return False
    return not _by_findings(record.job, picture, policy).blocked


def _by_findings(job: Job, picture: Picture, policy: Policy, *, of_somebody: bool = False) -> Verdict:
    return judge_picture(
        picture.findings,
        policy,
        job.said_of(picture.recipe),
        checkpoint=picture.recipe.checkpoint,
        of_somebody=of_somebody,
        by_all_rules=True,
    )


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
    to look at first, each with the rules that want it, and `appealable` those kept back that a moderator may
    be asked to look at.
    Only `reviewed` makes one, and nothing else is made into a file for Discord.
    """

    record: JobRecord
    said: JobRecord
    shown: tuple[int, ...]
    files: tuple[bytes, ...]
    veiled: bool = False
    waiting: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    appealable: tuple[int, ...] = ()


class Viewer(Enum):
    """Who is to see pictures."""

    MEMBER = auto()
    MODERATOR = auto()
    """Who decides about what waits, in a channel that is not age-restricted."""
    ADULT_MODERATOR = auto()
    """The same where Discord's age restriction is."""


async def reviewed(
    studio: Studio,
    record: JobRecord,
    policy: Policy,
    among: Sequence[int] | None = None,
    *,
    viewer: Viewer = Viewer.MEMBER,
) -> Reviewed:
    """Examine pictures of a job, or those `among` them, and give the ones that may be seen.

    What the worker found in them has to be allowed as well, and so have the words that they come from. What
    the policy holds for review, and what was rendered for it and is kept back, is given to nobody but a
    moderator until one has approved it. Raises BlobMissing, BlobStoreAway, DatabaseAway.
    """
    of_words = await action_on_words(record, policy)
    gallery = await studio.gallery.of(record.origin.guild_id)
    approved = _approved(await studio.reviews.of_held(record.job.id))
    fates: dict[Fate, dict[int, tuple[str, ...]]] = {fate: {} for fate in Fate}
    files, actions = [], {of_words}
    for index, picture in enumerate(record.pictures):
        if among is not None and index not in among:
            continue
        png, verdict = await _looked_at(studio, record, picture, policy, gallery)
        fate = _fate(record, picture, policy, verdict, of_words, index in approved, viewer)
        if fate is Fate.SHOWN and png is not None:
            files.append(png)
            actions.add(Action.WARN if verdict.blocked else verdict.verdict)
        fates[fate][index] = tuple(dict.fromkeys(reason.rule for reason in verdict.reasons))
    return Reviewed(
        record,
        await sayable(record, policy),
        shown=tuple(fates[Fate.SHOWN]),
        files=tuple(files),
        veiled=Action.WARN in actions or record.origin.manner is Manner.SPOILER,
        waiting=fates[Fate.WAITING],
        appealable=tuple(fates[Fate.APPEALABLE]),
    )


class Fate(Enum):
    """What becomes of a picture."""

    SHOWN = auto()
    WAITING = auto()
    APPEALABLE = auto()
    KEPT_BACK = auto()


def _fate(
    record: JobRecord,
    picture: Picture,
    policy: Policy,
    verdict: Verdict,
    of_words: Action,
    approved: bool,
    viewer: Viewer,
) -> Fate:
    """Say what becomes of a picture of which that is the verdict; a missing one is kept back.

    So is one whose words the policy, which became stricter meanwhile, does not allow: no person looks at it
    who might think otherwise, as what was made under another policy cannot be appealed.
    """
    if of_words is Action.BLOCK and viewer is Viewer.MEMBER:
        return Fate.KEPT_BACK
    is_stored = picture.blob is not None
    if not verdict.blocked and is_stored:
        holds = policy.warned is Warned.REVIEW and record.origin.guild_id is not None
        waits = holds and Action.WARN in (verdict.verdict, of_words) and not approved
        return Fate.WAITING if waits and viewer is Viewer.MEMBER else Fate.SHOWN
    appealable = may_be_appealed(verdict, picture.recipe.sources) and not isinstance(record.job.task, Train)
    if record.origin.guild_id is None or not appealable:
        return Fate.KEPT_BACK
    if not record.job.for_review:
        return Fate.APPEALABLE
    if not is_stored:
        return Fate.KEPT_BACK
    if viewer is Viewer.MEMBER:
        passes = approved and policy.is_as_open_as(record.job.policy)
        return Fate.SHOWN if passes else Fate.WAITING
    return Fate.KEPT_BACK if viewer is Viewer.MODERATOR and is_for_adults(verdict) else Fate.SHOWN


async def _looked_at(
    studio: Studio, record: JobRecord, picture: Picture, policy: Policy, gallery: Gallery
) -> tuple[bytes | None, Verdict]:
    """Give a picture and the bot's own verdict on it, or None and why nobody has to look at it."""
    if picture.blob is None:
        return None, picture.verdict
    of_worker = _by_findings(record.job, picture, policy)
    if of_worker.blocked and not record.job.for_review:
        return None, of_worker
    png = await studio.blobs.aget(picture.blob)
    judge = partial(studio.reviewer.verdict, picture.blob, png, picture.recipe, record.job, policy, gallery)
    verdict = await judge()
    sources = record.job.task.sources if isinstance(record.job.task, Train) else picture.recipe.sources
    add_ons = trained_files(picture.recipe)
    if (sources or add_ons) and not verdict.blocked:
        # Whether there is a face takes longer to see than whether it matters.
        by_worker = _by_findings(record.job, picture, policy, of_somebody=True)
        strict = most_severe([await judge(of_somebody=True), by_worker])
        if strict.blocked and await shows_somebody(studio, sources, add_ons):
            verdict = strict
    PICTURES_JUDGED.labels("bot", verdict.verdict).inc()
    if verdict.blocked and not of_worker.blocked:
        log.warning("job %s: a picture passed the worker's review and not the bot's", record.job.id)
    return png, most_severe([verdict, of_worker, *_of_bodies(picture)])


def _of_bodies(picture: Picture) -> list[Verdict]:
    """Give what the worker said of the people in a picture, for which the bot has no detector."""
    of_bodies = {reason.rule for reason in picture.verdict.reasons} == {"anatomy"}
    return [picture.verdict] if of_bodies else []


def _approved(held: Mapping[int, State]) -> set[int]:
    return {index for index, state in held.items() if state is State.APPROVED}


async def picture_file(language: Language, pictures: Reviewed, limit: int) -> discord.File:
    """Make one file, at most `limit` bytes, of one or more pictures."""
    chosen = [pictures.record.pictures[index] for index in pictures.shown]
    recipes = [picture.recipe for picture in chosen]
    make = partial(as_file, pictures.files, recipes, limit)
    data, ending = make() if fits_as_it_is(pictures.files, limit) else await asyncio.to_thread(make)
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
