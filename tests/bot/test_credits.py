"""Prices that are agreed to, and jobs for which credits do not suffice."""

from __future__ import annotations

import asyncio

import pytest

from bot import credits, wording
from storage.records.jobs import RowState
from storage.records.ledger import Payer, Standing
from storage.share import Urgency
from tests.bot.conftest import PATIENCE, Chat, is_result, settled


@pytest.fixture
async def thrifty(idle_chat: Chat) -> Chat:
    """A chat where everybody has two credits a day: a draft by pocket costs one."""
    idle_chat.settings = idle_chat.settings.model_copy(update={"allowance": 2})
    await idle_chat.start_bot()
    return idle_chat


async def test_a_dear_job_is_asked_about_and_made_once_it_is_agreed_to(thrifty: Chat) -> None:
    run = await thrifty.ada.command(
        thrifty.channel, "imagine", prompt="a red circle", count=1, quality="draft"
    )
    asked = await run.message()
    assert asked.ephemeral
    assert asked.content == "This costs 1 credit, and you have 2. What is not shown costs nothing."
    assert await thrifty.studio.jobs.of_member(thrifty.ada.id) == []
    await asyncio.sleep(1)  # Nobody reads it sooner, and the bot has not heard yet that it is there.
    press = await thrifty.ada.press(asked, "Go ahead")
    posted = await press.message(is_result, within=PATIENCE)
    assert not posted.ephemeral
    await settled(thrifty, RowState.POSTED)
    payer = Payer(thrifty.guild.id, thrifty.ada.id)
    assert await thrifty.studio.ledger.standing(payer) == Standing(1, 0)


async def test_who_does_not_go_ahead_has_asked_for_nothing(
    thrifty: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credits, "_ASK_SECONDS", 0.1)
    run = await thrifty.ada.command(thrifty.channel, "imagine", prompt="a red circle", count=1)
    asked = await run.message()
    await asked.wait(lambda message: message.deleted, PATIENCE)
    assert await thrifty.studio.jobs.of_member(thrifty.ada.id) == []


async def test_without_enough_credits_a_job_is_free_and_waits_for_an_idle_farm(
    thrifty: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer(thrifty.guild.id, thrifty.ada.id)
    async with thrifty.studio.ledger._database.writing() as db:
        await thrifty.studio.ledger.hold(db, payer, "1" * 16, 2)
    run = await thrifty.ada.command(
        thrifty.channel, "imagine", prompt="a red circle", count=1, quality="draft"
    )
    assert wording.RELAXED in (await run.message()).content
    await run.message(is_result, within=PATIENCE)
    record = await settled(thrifty, RowState.POSTED)
    assert record.job.share.urgency is Urgency.RELAXED
    assert await thrifty.studio.ledger.standing(payer) == Standing(0, 2)
    monkeypatch.setattr(credits, "MOST_RELAXED", 0)
    refused = await thrifty.ada.command(thrifty.channel, "imagine", prompt="a red circle", count=1)
    assert "`/credits` says what you have" in (await refused.message()).content


async def test_where_no_allowance_is_set_nothing_is_asked_and_all_is_counted(chat: Chat) -> None:
    await chat.imagine(count=1, quality="draft")
    assert (await settled(chat, RowState.POSTED)).job.share.urgency is Urgency.INTERACTIVE
    standing = await chat.studio.ledger.standing(Payer(chat.guild.id, chat.ada.id))
    assert standing == Standing(-1, 0)
