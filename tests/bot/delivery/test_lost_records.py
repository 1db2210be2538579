"""What a queue or a database forgot, refused or never heard of."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.delivery.delivery import Delivery
from storage.events import Finished, Result
from storage.jobs import Imagine, Job
from storage.noise import Noise
from storage.records.jobs import RowState
from storage.samplers import Sampler
from tests.bot.conftest import PATIENCE, Chat, eventually, is_result, only_record, opened, settled
from tests.bot.delivery.test_delivery import QUICK, results


@pytest.mark.slow
async def test_locked_records_make_the_job_wait_or_refuse_it(
    chat: Chat, bot_database: SecretStr, tmp_path: Path
) -> None:
    if "sqlite" not in bot_database.get_secret_value():
        pytest.skip("Postgres locks rows")
    other = sqlite3.connect(tmp_path / "bot.db", isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    said = await run.message(within=PATIENCE)
    assert said.ephemeral
    assert "please try again" in said.content
    assert chat.channel.messages == []

    patient = await chat.ada.command(chat.channel, "imagine", **QUICK)
    await patient.response()
    other.execute("ROLLBACK")
    other.close()
    await patient.message(is_result, within=PATIENCE)
    assert len(await chat.studio.jobs.of_member(chat.ada.id)) == 1


@pytest.mark.slow
async def test_a_job_that_never_reached_the_queue_is_enqueued_later(chat: Chat) -> None:
    task = Imagine(
        prompt="a red circle over the sea",
        width=128,
        height=128,
        steps=4,
        sampler=Sampler.EULER,
        guidance_scale=4.0,
        noises=(Noise(seed=1),),
    )
    first = await chat.imagine(count=1, quality="draft")
    origin = replace((await settled(chat, RowState.POSTED)).origin, token=None)
    lost = Job(checkpoint="pocket", reply_to=chat.client.results, task=task)
    await chat.studio.jobs.add(lost, origin)
    await chat.channel.wait_message(
        lambda message: message is not first and is_result(message) and "4 steps" in message.content, PATIENCE
    )


@pytest.mark.slow
async def test_a_result_that_redis_forgot_is_delivered_from_the_records(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.upkeep.GRACE", timedelta(seconds=1))
    first = await chat.imagine(count=1, quality="draft")
    posted = await settled(chat, RowState.POSTED)
    forgotten = Job(checkpoint="pocket", reply_to=chat.client.results, task=posted.job.task)
    await chat.studio.jobs.add(forgotten, replace(posted.origin, token=None))
    await chat.studio.jobs.record_result(
        Finished(job_id=forgotten.id, pictures=posted.pictures, seconds=posted.seconds or 0)
    )
    again = await chat.channel.wait_message(
        lambda message: message is not first and is_result(message), PATIENCE
    )
    assert opened(again.attachments[0]).tobytes() == opened(first.attachments[0]).tobytes()
    assert len(results(chat)) == 2


async def test_a_result_that_cannot_be_recorded_is_a_failure_that_its_member_hears_of(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_result = chat.studio.jobs.record_result

    async def only_failures(result: Result) -> bool:
        if isinstance(result, Finished):
            raise IndexError("nobody foresaw this")
        return await record_result(result)

    monkeypatch.setattr(chat.studio.jobs, "record_result", only_failures)
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    said = await run.message(lambda message: "could not be recorded" in message.content, PATIENCE)
    assert "cost you nothing" in said.content
    record = await settled(chat, RowState.TOLD)
    assert (record.credits, record.failure) == (0, "The result could not be recorded.")
    await eventually(lambda: chat.studio.redis.xlen(chat.client.results) == 0)


@pytest.mark.slow
async def test_a_result_stays_until_the_records_know_it(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0

    async def broken(result: Result) -> bool:
        nonlocal tried
        tried += 1
        raise IndexError("nobody foresaw this")

    monkeypatch.setattr("bot.delivery.delivery.LONGEST_PAUSE", 1.0)
    with monkeypatch.context() as patch:
        patch.setattr(chat.studio.jobs, "record_result", broken)
        run = await chat.ada.command(chat.channel, "imagine", **QUICK)
        await run.response()
        await eventually(lambda: tried >= 1)
        before = chat.studio.redis.xrange(chat.client.results)
        assert before
        await eventually(lambda: tried >= 5)
        assert chat.studio.redis.xrange(chat.client.results) == before
        assert (await only_record(chat)).state is RowState.QUEUED
    await settled(chat, RowState.TOLD)
    await eventually(lambda: chat.studio.redis.xlen(chat.client.results) == 0)


async def test_a_result_that_cannot_be_told_is_kept_and_then_acknowledged(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise IndexError("nobody foresaw this")

    monkeypatch.setattr(Delivery, "_compose", broken)
    await (await chat.ada.command(chat.channel, "imagine", **QUICK)).response()
    record = await settled(chat, RowState.KEPT)
    assert len(record.pictures) == 1
    await eventually(lambda: chat.studio.redis.xlen(chat.client.results) == 0)
