"""From a member's wish to a job: one job for each wish, whatever Discord's answers do meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from bot.studio import job_id_of
from storage.jobs import JobId
from storage.records.jobs import RowState
from tests.bot.conftest import PATIENCE, Chat, is_result, settled


@pytest.mark.slow
async def test_a_job_that_ends_before_its_answer_is_known_is_posted_in_that_answer(chat: Chat) -> None:
    chat.discord.faults.latency = 1.5  # a picture takes less
    runs = [
        await chat.ada.command(chat.channel, "imagine", prompt="a red circle", count=1, quality="draft")
        for _ in range(3)
    ]
    for run in runs:
        posted = await run.message(is_result, within=PATIENCE)
        assert posted is run.original
    assert len(chat.channel.messages) == len(runs)


async def test_a_command_that_is_delivered_twice_is_one_job(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a red circle", count=1, quality="draft")
    run.deliver()
    await run.message(is_result, within=PATIENCE)
    run.deliver()
    await asyncio.sleep(0.5)
    assert len(await chat.studio.jobs.of_member(chat.ada.id)) == 1
    assert len(chat.channel.messages) == 1
    assert run.ephemerals == []


@pytest.mark.slow
async def test_a_press_that_is_delivered_twice_is_one_job(chat: Chat) -> None:
    first = await chat.imagine(count=1, quality="draft")
    run = await chat.ben.press(first, "Reroll")
    run.deliver()
    await run.message(is_result, within=PATIENCE)
    await asyncio.sleep(0.5)
    assert len(await chat.studio.jobs.of_member(chat.ben.id)) == 1


async def test_a_command_that_comes_too_late_to_be_answered_makes_no_picture(chat: Chat) -> None:
    with chat.discord.slow("POST /interactions", 0.3):
        run = await chat.ada.command(chat.channel, "imagine", prompt="a red circle", count=1, quality="draft")
        chat.discord.advance(seconds=4)
        await chat.discord.until(lambda: run.errors, PATIENCE)
    record = await settled(chat, RowState.TOLD)
    assert run.failed
    assert record.credits == 0
    await asyncio.sleep(0.5)
    assert chat.studio.queue.state(record.job.id).value == "unknown"
    assert chat.channel.messages == []


async def test_a_job_whose_answer_is_lost_is_posted_all_the_same(chat: Chat) -> None:
    chat.discord.reset_next(10, route="POST /interactions", after_effect=True)
    run = await chat.ada.command(chat.channel, "imagine", prompt="a red circle", count=1, quality="draft")
    await chat.channel.wait_message(is_result, within=PATIENCE)
    assert len(chat.channel.messages) == 1
    assert run.ephemerals == []


def test_the_id_of_a_job_follows_from_the_token_and_does_not_tell_it() -> None:
    first: JobId = job_id_of("aW50ZXJhY3Rpb246MTIz")
    assert first == job_id_of("aW50ZXJhY3Rpb246MTIz") != job_id_of("aW50ZXJhY3Rpb246MTI0")
    assert len(first) == 16
    assert int(first, 16)
