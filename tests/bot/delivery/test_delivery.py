"""Every picture arrives once, whatever dies in between."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.client import LoopEnded, run_bot
from bot.delivery.upkeep import Upkeep
from commands.refusals import sentence_of
from storage.doctor import examine_storage
from storage.events import Finished, Result
from storage.machine import machine
from storage.records.jobs import RowState
from tests.bot.conftest import PATIENCE, Chat, eventually, is_result, settled
from tests.discord_emulator.messages import Message

SLOW = {"prompt": "a red circle over the sea", "quality": "fine", "count": 2}
QUICK = {"prompt": "a red circle over the sea", "quality": "draft", "count": 1}


def results(chat: Chat) -> list[Message]:
    return [message for message in chat.channel.messages if is_result(message)]


@pytest.mark.slow
async def test_a_dead_token_posts_to_the_channel_once_with_a_mention(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    asked = await run.message()
    chat.discord.kill_token(run)
    posted = await chat.channel.wait_message(is_result, within=PATIENCE)
    assert posted is not asked
    assert chat.ada in posted.pings
    assert posted.attachments
    await asked.wait(
        lambda message: posted.channel is message.channel and "here" in message.content, PATIENCE
    )
    assert results(chat) == [posted]


@pytest.mark.slow
async def test_an_answer_that_was_never_heard_of_points_to_the_post_if_its_token_works_again(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    recorded = chat.studio.jobs.record_result

    async def record_result(result: Result) -> bool:
        chat.discord.faults.fail_next(2, status=401, route="PATCH /webhooks")
        return await recorded(result)

    monkeypatch.setattr(chat.studio.jobs, "set_message", die)
    monkeypatch.setattr(chat.studio.jobs, "record_result", record_result)
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    posted = await chat.channel.wait_message(is_result, within=PATIENCE)
    asked = await run.message()
    assert posted is not asked
    await asked.wait(lambda message: "here" in message.content, PATIENCE)
    assert results(chat) == [posted]


@pytest.mark.slow
@pytest.mark.parametrize("token", ["dies and lives again", "lives and dies then"])
async def test_a_bot_that_dies_before_it_notes_its_post_is_followed_by_no_second_one(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    has_posted = asyncio.Event()

    async def die(*_: object, **__: object) -> None:
        has_posted.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(chat.studio.jobs, "mark_posted", die)
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    asked = await run.message()
    run.killed = token == "dies and lives again"
    await asyncio.wait_for(has_posted.wait(), PATIENCE)
    await chat.stop_bot()
    (posted,) = results(chat)
    assert (posted is asked) is not run.killed
    run.killed = not run.killed
    await chat.start_bot()
    record = await settled(chat, RowState.POSTED)
    assert results(chat) == [posted]
    assert record.message_id == posted.id


async def test_pictures_that_a_worker_keeps_elsewhere_are_said_to_be_missing(
    idle_chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a bot of an earlier version, which does not tell: otherwise the worker takes nothing.
    monkeypatch.setattr("bot.delivery.upkeep.tell_store", lambda *_: None)
    chat = idle_chat
    chat.settings = chat.settings.model_copy(update={"blobs": str(tmp_path / "elsewhere")})
    await chat.start_bot()
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    await run.message(lambda message: "darkroom doctor" in message.content, within=PATIENCE)
    assert results(chat) == []
    (check,) = [check for check in await examine_storage(chat.settings) if check.part == "worker"]
    assert check.state == "broken"
    assert "DARKROOM_BLOBS" in check.says


async def test_a_loop_that_hangs_silences_the_bot(idle_chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = asyncio.Event()

    async def hang(upkeep: Upkeep) -> None:
        await goes_on.wait()
        await asyncio.sleep(0.1)

    monkeypatch.setattr(Upkeep, "round", hang)
    monkeypatch.setattr("bot.delivery.upkeep.INTERVAL", 0.1)
    await idle_chat.start_bot()
    sign = idle_chat.settings.home / "heartbeats" / f"bot-{machine()}-{os.getpid()}"
    await eventually(sign.exists)
    written = sign.stat().st_mtime
    await asyncio.sleep(2.5)  # the other loops go round at least every 2 s
    assert sign.stat().st_mtime == written
    goes_on.set()
    await eventually(lambda: sign.stat().st_mtime > written)


async def test_a_loop_that_dies_ends_the_bot_with_a_failure(
    idle_chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr("bot.client.Upkeep.run", die)
    token = SecretStr(idle_chat.discord.token)
    settings = idle_chat.settings.model_copy(update={"discord_token": token})
    with pytest.raises(LoopEnded, match="the log says which") as ended:
        await asyncio.wait_for(run_bot(settings), PATIENCE)
    assert "the log says which" in (sentence_of(ended.value) or "")


@pytest.mark.slow
async def test_a_result_after_fifteen_minutes_goes_to_the_channel(idle_chat: Chat) -> None:
    chat = idle_chat
    await chat.start_bot()
    run = await chat.ada.command(chat.channel, "imagine", **SLOW)
    await run.response()
    await chat.stop_bot()
    chat.discord.advance(minutes=16)
    await chat.start_bot()
    posted = await chat.channel.wait_message(is_result, within=PATIENCE)
    assert chat.ada in posted.pings
    assert results(chat) == [posted]


async def test_a_job_that_ends_while_the_bot_is_down_is_posted_after_its_start(idle_chat: Chat) -> None:
    chat = idle_chat
    await chat.start_bot()
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    await run.response()
    await chat.stop_bot()
    await chat.start_bot()
    posted = await run.message(is_result, within=PATIENCE)
    assert results(chat) == [posted]


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["502", "lost answer", "reset", "429"])
async def test_trouble_at_discord_delays_and_posts_once(chat: Chat, trouble: str) -> None:
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    await run.response()
    chat.discord.kill_token(run)
    route = rf"POST /channels/{chat.channel.id}/messages"
    match trouble:
        case "502":
            chat.discord.fail_next(2, status=502, route=route)
        case "lost answer":
            chat.discord.fail_next(1, status=502, route=route, after_effect=True)
        case "reset":
            chat.discord.reset_next(1, route=route, after_effect=True)
        case "429":
            chat.discord.fail_next(1, status=429, route=route)
    await chat.channel.wait_message(is_result, within=PATIENCE)
    await settled(chat, RowState.POSTED)
    assert len(results(chat)) == 1


@pytest.mark.slow
async def test_a_dropped_gateway_resumes_and_the_picture_arrives(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    await run.response()
    chat.discord.drop_gateway()
    await run.message(is_result, within=PATIENCE)
    await chat.discord.wait_online()
    again = await chat.ada.command(chat.channel, "imagine", **QUICK)
    await again.message(is_result, within=PATIENCE)


@pytest.mark.slow
async def test_a_deleted_channel_sends_the_picture_to_the_member(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    await run.response()
    chat.channel.delete()
    posted = await chat.ada.dm.wait_message(is_result, within=PATIENCE)
    assert posted.attachments


@pytest.mark.slow
async def test_with_nowhere_left_the_picture_is_kept_and_fetched(chat: Chat) -> None:
    chat.ada.close_dms()
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    await run.response()
    chat.channel.delete()
    await settled(chat, RowState.KEPT)
    other = chat.guild.channel("other")
    listed = await (await chat.ada.command(other, "jobs")).message()
    assert "not posted" in listed.content
    fetched = await (await chat.ada.press(listed, "Fetch 1")).message(lambda m: bool(m.attachments), PATIENCE)
    assert fetched.ephemeral
    await settled(chat, RowState.POSTED)
    again = await (await chat.ada.command(other, "jobs")).message()
    assert again.content.endswith("done")
    assert again.labels == ["Post 1 again"]


async def test_what_cannot_be_posted_is_said_and_costs_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("bot.delivery.delivery.reviewed", fail)
    run = await chat.ada.command(chat.channel, "imagine", **QUICK)
    said = await run.message(lambda message: "could not be posted" in message.content, PATIENCE)
    assert "It cost you nothing." in said.content
    assert "Cancel" not in said.labels
    assert (await settled(chat, RowState.POSTED)).credits == 0


async def test_a_second_result_posts_nothing(chat: Chat) -> None:
    await chat.imagine(count=1, quality="draft")
    record = await settled(chat, RowState.POSTED)
    again = Finished(job_id=record.job.id, pictures=record.pictures, seconds=1.0)
    chat.studio.redis.xadd(chat.client.results, {"result": again.model_dump_json()})
    await chat.imagine("a blue house in the snow", count=1, quality="draft")
    assert len(results(chat)) == 2
