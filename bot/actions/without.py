"""Try without: what a prompt is without the words that were refused."""

from __future__ import annotations

import asyncio

from bot.channels import policy_of
from bot.prompt_check import noted_wish
from bot.refusals import Refusal
from bot.studio import Press
from bot.submission import submit
from moderation.refused import without as take_out
from moderation.told import Told
from storage.jobs import JobId


async def without(press: Press, job_id: JobId, index: int | None) -> None:
    """Ask for the refused picture without the words that the channel's policy does not allow now."""
    studio = press.client.studio
    wish = await noted_wish(press, job_id)
    policy = await policy_of(studio, press.channel, press.user.id)
    if wish.asked.judged(policy).blocked:
        rest = await asyncio.to_thread(take_out, wish.asked, policy)
        if rest is None:
            raise Refusal(Told("Without these words nothing is left that I could draw here."))
        wish = wish.saying(rest[0])
    await submit(studio, press, wish.task, wish.checkpoint, wish.source_message_id, manner=wish.manner)
