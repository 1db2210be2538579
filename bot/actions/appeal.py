"""Appeal: a second judge looks at a refused prompt at once and, if it cannot tell, a moderator does."""

from __future__ import annotations

import asyncio

from bot.channels import policy_of
from bot.language import private
from bot.moderators import refuse_outside_servers
from bot.promises import promise
from bot.prompt_check import Wish, case_of_words, cleared_of, noted_wish
from bot.refusals import tell
from bot.studio import Press
from bot.submission import submit
from moderation.policy import Policy
from moderation.refused import all_reasons
from moderation.second_judge import second_opinion
from storage.jobs import JobId
from storage.records.reviews import Kind, State

_SOON, _LATEST = 1.5, 10.0
"""Seconds in which Discord wants a first answer, and after which a person is asked instead."""


async def appeal(press: Press, job_id: JobId, index: int | None) -> None:
    """Draw what a second judge clears, and bring the rest before the moderators."""
    refuse_outside_servers(press)
    studio = press.client.studio
    wish = await noted_wish(press, job_id)
    policy = await policy_of(studio, press.channel, press.user.id)
    cleared = await cleared_of(studio, press, wish.asked)
    refused = await asyncio.to_thread(all_reasons, wish.asked, policy)
    reasons = [reason for reason in refused if reason.key not in cleared]
    if not reasons:
        await _draw(press, wish)
        return
    case = case_of_words(press, wish.asked, reasons, Kind.APPEAL)
    if await _opinion(press, wish, policy):
        await studio.reviews.clear(case)
    review = await studio.reviews.open(case)
    studio.reviews_changed.set()
    match review.state:
        case State.APPROVED:
            await _draw(press, wish)
        case State.REJECTED:
            stays = private(press).say("Moderators have looked at these words, and they stay refused.")
            await tell(press, stays)
        case State.OPEN:
            await tell(
                press,
                private(press).say(
                    "A second judge looked at it and could not clear it, so a moderator will. I tell you in "
                    "a direct message what they decide."
                ),
            )


async def _draw(press: Press, wish: Wish) -> None:
    studio = press.client.studio
    await submit(studio, press, wish.task, wish.checkpoint, wish.source_message_id, manner=wish.manner)


async def _opinion(press: Press, wish: Wish, policy: Policy) -> frozenset[str] | None:
    opinion = asyncio.ensure_future(asyncio.to_thread(second_opinion, wish.asked, policy))
    if opinion not in (await asyncio.wait({opinion}, timeout=_SOON))[0]:
        await promise(press, ephemeral=wish.manner.is_secret)
        if opinion not in (await asyncio.wait({opinion}, timeout=_LATEST - _SOON))[0]:
            return None
    return await opinion
