"""Whether a member agrees to a price, and what happens to a job that they have too few credits for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.language import private
from bot.promises import promise
from bot.refusals import NotAgreed, Refusal
from bot.studio import Studio
from moderation.told import Told
from storage.jobs import Task
from storage.records.ledger import Payer
from storage.records.open_jobs import OpenJobs
from tasks.price import price_of

DEAR = 0.25
"""Of a day's allowance: whoever spends more at once is asked before."""
MOST_RELAXED = 3
"""Jobs of a member that wait for the farm to idle, free of credits."""
_ASK_SECONDS = 120.0
_LOOK_SECONDS = 1.5
"""Discord gives up after three, and what is asked here comes before any promise of an answer."""


def payer_of(interaction: discord.Interaction) -> Payer:
    """Say whose credits pay for what is asked for here."""
    return Payer(interaction.guild_id, interaction.user.id)


async def agreed(
    studio: Studio,
    interaction: discord.Interaction,
    tasks: Sequence[Task],
    *,
    secretly: bool = False,
    question: Told | None = None,
) -> discord.Interaction | None:
    """Ask before expensive jobs, and give the press that agreed, with an answer promised; else None.

    Only what the member can afford is asked about, but a `question` always is. The answer is promised to the
    member only if all goes `secretly`. Raises NotAgreed when nothing is pressed in time,
    TimeoutError and DatabaseAway.
    """
    cost = await _cost(studio, interaction, tasks, whatever=question is not None)
    if cost is None and question is None:
        return None
    language = private(interaction)
    button = _Question(language.say("Go ahead"), secretly)
    said = "\n".join(language.of(each) for each in (question, cost) if each is not None)
    asked: discord.WebhookMessage | discord.InteractionMessage
    if interaction.response.is_done():
        # The first follow-up would become the public answer that was promised.
        await interaction.delete_original_response()
        asked = await interaction.followup.send(said, view=button, ephemeral=True, wait=True)
    else:
        await interaction.response.send_message(said, view=button, ephemeral=True)
        asked = await interaction.original_response()
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            return await button.pressed
    except TimeoutError:
        raise NotAgreed from None
    finally:
        button.stop()
        with contextlib.suppress(discord.HTTPException):
            await asked.delete()


async def _cost(
    studio: Studio, interaction: discord.Interaction, tasks: Sequence[Task], *, whatever: bool
) -> Told | None:
    """Say what tasks cost, where credits count; only what is dear and can be paid, or `whatever` it is."""
    allowance, price = studio.ledger.allowance, sum(map(price_of, tasks))
    if allowance is None or (price <= DEAR * allowance and not whatever):
        return None
    async with asyncio.timeout(_LOOK_SECONDS):
        standing = await studio.ledger.standing(payer_of(interaction))
    if standing.available < price and not whatever:
        return None
    return Told(
        "This costs {price} {price:credit|credits}, and you have {available}. What is not shown costs "
        "nothing.",
        price=price,
        available=standing.available,
    )


class _Question(ui.View):
    """One button; `pressed` is the interaction of whoever presses it."""

    def __init__(self, label: str, secretly: bool) -> None:
        super().__init__(timeout=_ASK_SECONDS)
        self._secretly = secretly
        self.pressed: asyncio.Future[discord.Interaction[Any]] = asyncio.get_running_loop().create_future()
        button: ui.Button[_Question] = ui.Button(label=label, style=discord.ButtonStyle.primary)
        button.callback = self._press  # type: ignore[method-assign, assignment]
        self.add_item(button)

    async def _press(self, press: discord.Interaction[Any]) -> None:
        await promise(press, ephemeral=self._secretly)
        if not self.pressed.done():
            self.pressed.set_result(press)


async def refuse_more_relaxed(open_jobs: OpenJobs, member_id: int) -> None:
    """Refuse another job for nothing to a member who has as many as wait at most. Raises Refusal."""
    waiting = await open_jobs.relaxed(member_id)
    if waiting >= MOST_RELAXED:
        raise Refusal(
            Told(
                "Your credits do not suffice, and {jobs} {jobs:job of yours waits|jobs of yours wait} "
                "already until the farm has nothing else to do. `/credits` says what you have; the day's "
                "come back at midnight UTC.",
                jobs=waiting,
            )
        )
