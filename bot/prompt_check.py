"""A wish's words before it becomes a job: judged as one whole, cleared, or refused with what would pass."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

import discord
import redis
from pydantic import Field, ValidationError

from bot.buttons import job_button, view_of
from bot.language import Language, private
from bot.photographed import sexualised
from bot.refusals import PromptRefused, Refusal
from bot.shown_words import shown_before
from bot.studio import Studio
from moderation.judge import judge_prompt
from moderation.policy import Policy
from moderation.refused import FLOOR, FORM, Asked, all_reasons, without
from moderation.told import Told
from moderation.verdict import Action, Reason
from storage.jobs import Imagine, JobId, Shorten, Upscale
from storage.manner import Manner
from storage.metrics import PROMPTS_JUDGED
from storage.records.reviews import Case, Kind
from storage.training import Caption, Train
from storage.values import Travelling

log = logging.getLogger(__name__)

_NOTED = timedelta(hours=20)
"""How long the buttons under a refusal work."""
_PATIENCE = 0.5
_LABEL = 80
"""Characters of a button."""
_OF_REASONS = 12
"""Characters of a case's key that say for which reasons its words were refused."""


class Wish(Travelling):
    """What a member asked for: a task with words, and what its pictures were made to show."""

    task: Annotated[Imagine | Upscale, Field(discriminator="kind")]
    checkpoint: str
    source_message_id: int | None = None
    shows: tuple[str, ...] = ()
    manner: Manner = Manner.HERE

    @property
    def asked(self) -> Asked:
        """Give all that is said, for the rules."""
        beside = *self.task.beside, *self.shows
        return Asked(self.task.prompt, self.task.negative_prompt, self.task.steps, beside)

    @property
    def own(self) -> Asked:
        """Give what the task itself says."""
        return self.asked._replace(beside=self.task.beside)

    def saying(self, asked: Asked) -> Wish:
        """Give the same wish with another prompt."""
        words = {"prompt": asked.prompt, "negative_prompt": asked.negative_prompt}
        return self.model_copy(update={"task": self.task.model_copy(update=words)})


async def judge_words(
    studio: Studio, interaction: discord.Interaction[Any], job_id: JobId, wish: Wish, policy: Policy
) -> tuple[str, ...]:
    """Judge a wish; give the keys of the reasons that are known to be mistaken about it.

    Raises PromptRefused, with what would pass and the way to an appeal. What the floor refuses is recorded
    as an attempt, in servers. Where nothing is said the worker finds the words, and judges them itself.
    Raises DatabaseAway.
    """
    if not (wish.asked.prompt or wish.asked.negative_prompt or wish.asked.beside):
        return ()
    verdict = await asyncio.to_thread(wish.asked.judged, policy)
    of_somebody = await sexualised(studio, wish.task, wish.asked.beside)
    judged = [*verdict.reasons, *of_somebody]
    PROMPTS_JUDGED.labels(
        Action.BLOCK if of_somebody else verdict.verdict, judged[0].rule if judged else ""
    ).inc()
    if not (verdict.blocked or of_somebody):
        return ()
    reasons = await asyncio.to_thread(all_reasons, wish.asked, policy)
    cleared = await cleared_of(studio, interaction, wish.asked)
    # Who may clear words does not see which picture they are about.
    standing = [*of_somebody, *(reason for reason in reasons if reason.key not in cleared)]
    if not standing:
        return tuple(sorted(cleared))
    explanations = [reason.explanation for reason in _told(standing)]
    if wish.shows and not (await asyncio.to_thread(wish.own.judged, policy)).blocked:
        explanations.append(Told("What the picture that you begin with was made to show counts with it."))
    view = await _ways_out(studio, interaction, job_id, wish, policy, standing)
    if FLOOR & {reason.rule for reason in standing} and interaction.guild_id is not None:
        explanations += [
            await _count_attempt(studio, interaction, wish.asked, standing),
            _UNDO_BY_MODERATOR if view is None else _UNDO_BY_APPEAL,
        ]
    raise PromptRefused(*explanations, view=view)


async def cleared_of(studio: Studio, interaction: discord.Interaction[Any], asked: Asked) -> frozenset[str]:
    """Give the keys of the reasons that were cleared for a member's words. Raises DatabaseAway."""
    if interaction.guild_id is None:
        return frozenset()
    words = words_key(interaction.guild_id, interaction.user.id, asked)
    approved = await studio.reviews.approved(interaction.guild_id, f"{words}:")
    return frozenset(key for review in approved for key in review.case.about["reasons"])


async def refuse_words(studio: Studio, task: Train | Caption | Shorten, policy: Policy) -> None:
    """Raise PromptRefused for words of which nothing is drawn at once, if a policy does not allow them.

    What the task's pictures were made to show is judged with them. Raises DatabaseAway.
    """
    shows = await shown_before(studio, task)
    judge = partial(judge_prompt, task.prompt, task.negative_prompt, policy, beside=shows)
    verdict = await asyncio.to_thread(judge)
    if verdict.blocked:
        raise PromptRefused(*(reason.explanation for reason in verdict.refusing))


def case_of_words(
    interaction: discord.Interaction[Any], asked: Asked, reasons: Sequence[Reason], kind: Kind
) -> Case:
    """Make the case about the words that a member of a server asked for.

    The same words, refused for the same reasons, are the same case: what nobody looked at is another one.
    """
    words = words_key(interaction.guild_id or 0, interaction.user.id, asked)
    keys = sorted({reason.key for reason in reasons})
    return Case(
        key=f"{words}:{_digest(keys)[:_OF_REASONS]}",
        kind=kind,
        server_id=interaction.guild_id or 0,
        member_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        about={
            "prompt": asked.prompt,
            "negative": asked.negative_prompt,
            "beside": list(asked.beside),
            "words": words,
            "reasons": keys,
            "rules": sorted({reason.rule for reason in reasons}),
            "quotes": list(dict.fromkeys(quote for reason in reasons for quote in reason.quotes)),
        },
    )


def words_key(server_id: int, member_id: int, asked: Asked) -> str:
    """Give the key of a case about words; how many steps they are drawn in is no part of them."""
    said = _digest([asked.prompt, asked.negative_prompt, *asked.beside])
    return f"words:{server_id}:{member_id}:{said[:32]}"


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


async def noted_wish(interaction: discord.Interaction[Any], job_id: JobId) -> Wish:
    """Give the wish that a refusal was about, to the member whose it is. Raises Refusal, TimeoutError."""
    async with asyncio.timeout(_PATIENCE):
        noted = await interaction.client.studio.redis_async.get(_note(interaction.user.id, job_id))
    try:
        return Wish.model_validate_json(noted or b"")
    except ValidationError as error:
        raise Refusal(
            Told("I no longer have what this was about. Please ask for the picture again.")
        ) from error


def _told(reasons: Sequence[Reason]) -> list[Reason]:
    """Give the reasons of the first rule that refuses: the others may be about the same words."""
    return [reason for reason in reasons if reason.rule == reasons[0].rule]


async def _count_attempt(
    studio: Studio, interaction: discord.Interaction[Any], asked: Asked, reasons: Sequence[Reason]
) -> Told:
    """Record what the floor refused, let moderators know, and say what it means for the member."""
    case = case_of_words(interaction, asked, reasons, Kind.ATTEMPT)
    struck = await studio.suspensions.strike(
        case.about["words"], case.server_id, case.member_id, reasons[0].rule
    )
    await studio.reviews.open(case)
    studio.reviews_changed.set()
    if struck.suspension is None:
        return Told("The moderators are told.")
    return Told(
        "The moderators are told, and as this was refused several times, you are suspended here until "
        "{end} (UTC).",
        end=f"{struck.suspension.ends_at:%Y-%m-%d %H:%M}",
    )


_UNDO_BY_APPEAL = Told("If it was a mistake, Appeal, and it does not count.")
_UNDO_BY_MODERATOR = Told("If it was a mistake, a moderator can say so, and it does not count.")


async def _ways_out(
    studio: Studio,
    interaction: discord.Interaction[Any],
    job_id: JobId,
    wish: Wish,
    policy: Policy,
    reasons: Sequence[Reason],
) -> discord.ui.View | None:
    """Make the buttons under a refusal; None where there is nothing to offer, or it cannot be remembered."""
    language, buttons = private(interaction), []
    rest = await asyncio.to_thread(without, wish.asked, policy)
    if rest is not None:
        buttons.append(job_button("without", job_id, label=_label(language, rest[1])))
    if interaction.guild_id is not None and not FORM & {reason.rule for reason in reasons}:
        buttons.append(job_button("appeal", job_id, label=language.say("Appeal")))
    if not buttons:
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            note = _note(interaction.user.id, job_id)
            await studio.redis_async.set(note, wish.model_dump_json(), ex=_NOTED)
    except (TimeoutError, redis.RedisError) as error:
        log.warning("a refused wish is not remembered: %r", error)
        return None
    return view_of(buttons)


def _label(language: Language, taken: Sequence[str]) -> str:
    label = language.say("Try without “{words}”", words=", ".join(taken))
    return label if len(label) <= _LABEL else language.say("Try without these words")


def _note(member_id: int, job_id: JobId) -> str:
    return f"darkroom:refused:{member_id}:{job_id}"
