"""Parts of the farm go away in the middle of jobs, and every picture still arrives once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from discord.gateway import DiscordWebSocket
from pydantic import SecretStr

from bot.client import run_bot
from storage.connection import connect
from storage.embedded_redis import EmbeddedRedis
from storage.farm import workers
from storage.lease import bot_of
from storage.served import ServedCheckpoint, remember
from storage.settings import BotSettings, Settings
from tests.bot.bot_process import BotProcess
from tests.bot.conftest import PATIENCE, Chat, eventually, is_result, running_worker
from tests.discord_emulator import DiscordEmulator
from tests.discord_emulator.interactions import InteractionRun
from tests.discord_emulator.messages import Message
from tests.discord_emulator.world import Channel, Member
from tests.storage.redis_servers import a_server, free_port

AWAY_SECONDS = float(os.environ.get("AWAY_SECONDS", "8"))
MEMBERS = 10
LEAVES = 30
"""Seconds for what leaves within ten where nothing else computes."""


@pytest.mark.slow
async def test_who_types_before_the_first_worker_is_up_is_queued_and_told_so(
    emulator: DiscordEmulator, tmp_path: Path
) -> None:
    settings = BotSettings(home=tmp_path, database_url=SecretStr(f"sqlite:///{tmp_path / 'bot.db'}"))
    chat = Chat(emulator, settings)
    with EmbeddedRedis(settings.redis_folder):
        await chat.start_bot(knows="")
        try:
            run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", count=1)
            await run.message(lambda message: "No worker with the" in message.content, within=PATIENCE)
            with running_worker(Settings(home=tmp_path)):
                await run.message(is_result, within=PATIENCE)
        finally:
            await chat.stop_bot()


@pytest.mark.slow
async def test_redis_goes_away_amid_ten_jobs(emulator: DiscordEmulator, tmp_path: Path) -> None:
    settings = BotSettings(home=tmp_path, database_url=SecretStr(f"sqlite:///{tmp_path / 'bot.db'}"))
    chat = Chat(emulator, settings)
    members = [chat.guild.member(f"member {number}") for number in range(MEMBERS)]
    with ExitStack() as farm:
        server = farm.enter_context(ExitStack())
        server.enter_context(EmbeddedRedis(settings.redis_folder))
        farm.enter_context(running_worker(Settings(home=tmp_path)))
        await chat.start_bot()
        try:
            runs = [
                await member.command(chat.channel, "imagine", prompt="a tree", count=1, quality="fine")
                for member in members
            ]
            for run in runs:
                await run.response()
            await asyncio.to_thread(server.close)
            await chat.channel.wait_message(says_waiting, within=PATIENCE)
            await asyncio.sleep(AWAY_SECONDS)
            await asyncio.to_thread(farm.enter_context, EmbeddedRedis(settings.redis_folder))
            for run in runs:
                await run.message(is_result, within=PATIENCE)
            assert len([message for message in chat.channel.messages if is_result(message)]) == MEMBERS
        finally:
            await chat.stop_bot()


TROUBLES = {
    "The queue's memory is full": ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
    "The queue can only be read": ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
}
"""What is said of each trouble, and how Redis gets into it and out of it."""


@pytest.mark.slow
@pytest.mark.parametrize("said", TROUBLES)
async def test_whoever_waits_is_told_why_and_waits_no_longer_than_that(
    said: str, emulator: DiscordEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.upkeep.GRACE", timedelta(0))
    with a_server() as port, redis.Redis(port=port) as server:
        remember(server, ServedCheckpoint(name="pocket", hash="ab", side=128))
        settings = BotSettings(home=tmp_path, redis_url=f"redis://localhost:{port}/0")
        chat = Chat(emulator, settings)
        await chat.start_bot()
        try:
            into, out = TROUBLES[said]
            trouble(server, into)
            run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", quality="draft")
            asked = await run.message(within=PATIENCE)
            assert said in asked.content
            assert "Your place is kept, nothing is lost." in asked.content
            listed = await (await chat.ada.command(chat.channel, "jobs")).message()
            assert said in listed.content
            trouble(server, out)
            await asked.wait(lambda message: "No worker with the checkpoint" in message.content, PATIENCE)
        finally:
            await chat.stop_bot()


def trouble(server: redis.Redis, what: str) -> None:
    command: Any = server.execute_command
    command(*what.split())


def says_waiting(message: Message) -> bool:
    return "Waiting for the farm" in message.content


@pytest.fixture
async def bot(
    emulator: DiscordEmulator, home: Path, worker: None, tmp_path: Path
) -> AsyncIterator[BotProcess]:
    process = BotProcess(emulator, home, f"sqlite:///{tmp_path}/bot.db")
    await process.start()
    yield process
    assert await process.end(signal.SIGTERM) == 0


@pytest.fixture
async def everything(emulator: DiscordEmulator, tmp_path: Path) -> AsyncIterator[BotProcess]:
    process = BotProcess(emulator, tmp_path, f"sqlite:///{tmp_path}/bot.db", "up")
    await process.start()
    yield process
    # What a failed test leaves would take cores from all that follow.
    if process.lives():
        await process.end(signal.SIGKILL)


@pytest.mark.slow
async def test_the_bot_is_killed_and_the_picture_arrives_once(
    emulator: DiscordEmulator, bot: BotProcess
) -> None:
    guild = emulator.guild()
    channel, ada = guild.channel("pictures"), guild.member("ada")
    run, asked = await taken(ada, channel, quality="fine", count=2)
    await bot.end(signal.SIGKILL)
    await asyncio.sleep(3)
    await bot.start()
    await channel.wait_message(is_result, within=PATIENCE)
    assert [message for message in channel.messages if is_result(message)] == [asked]
    run = await ada.press(asked, "U1")
    await run.message(lambda message: "Vary strong" in message.labels, within=PATIENCE)
    assert bot.has_loaded("onnxruntime"), "it looks at pictures by itself"
    assert not bot.has_loaded("torch"), "and needs nothing that workers do"


@pytest.mark.slow
async def test_up_brings_everything_and_takes_it_down(
    emulator: DiscordEmulator, everything: BotProcess, tmp_path: Path
) -> None:
    guild = emulator.guild()
    run, _ = await taken(guild.member("ada"), guild.channel("pictures"))
    await run.message(is_result, within=PATIENCE)
    assert await everything.end(signal.SIGTERM) == 0
    assert [process for process in psutil.process_iter(["environ"]) if serves(process, tmp_path)] == []


@pytest.mark.slow
async def test_up_that_is_killed_alone_leaves_nothing_and_the_next_one_starts_one_worker(
    emulator: DiscordEmulator, everything: BotProcess, tmp_path: Path
) -> None:
    connection = connect(Settings(home=tmp_path), patience=60)
    await holds(lambda: len(workers(connection)) == 1)
    (first,) = workers(connection)
    await everything.end(signal.SIGKILL)
    await everything.start()
    refused = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.discord_emulator.run_bot", "up"),
        env=everything.environment,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(refused.communicate(), PATIENCE)
    assert refused.returncode == 1
    assert b"is running with" in said
    await holds(lambda: [card for card in workers(connection) if card.name != first.name])
    assert first.name not in [card.name for card in workers(connection)], "one at a time has the device"
    guild = emulator.guild()
    run, _ = await taken(guild.member("ada"), guild.channel("pictures"))
    await run.message(is_result, within=PATIENCE)
    await everything.end(signal.SIGKILL)
    await holds(lambda: all("worker" not in process.info["cmdline"] for process in of_home(tmp_path)), LEAVES)
    await holds(lambda: not of_home(tmp_path), LEAVES)


async def holds(condition: Callable[[], object], seconds: float = 90) -> None:
    give_up = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < give_up
        await asyncio.sleep(0.1)


def of_home(home: Path) -> list[psutil.Process]:
    """Everything that runs for a data folder, Redis included."""
    running = psutil.process_iter(["environ", "cmdline", "status"])
    return [process for process in running if serves(process, home) and process.info["cmdline"]]


async def taken(
    member: Member, channel: Channel, quality: str = "draft", count: int = 1
) -> tuple[InteractionRun, Message]:
    """A job that the bot took, also in its first second."""
    run = await member.command(channel, "imagine", prompt="a red circle", quality=quality, count=count)
    asked = await run.message(within=PATIENCE)
    assert not asked.ephemeral, asked.content
    return run, asked


def serves(process: psutil.Process, home: Path) -> bool:
    return (process.info["environ"] or {}).get("DARKROOM_HOME") == str(home)


@pytest.mark.slow
async def test_a_wrong_token_is_said_in_one_line(emulator: DiscordEmulator, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **emulator.environment,
        "DARKROOM_DISCORD_TOKEN": "wrong",
        "DARKROOM_HOME": str(tmp_path),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.discord_emulator.run_bot", "bot"),
        env=environment,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 1
    assert "Check DARKROOM_DISCORD_TOKEN." in said.decode().splitlines()[-1]
    assert b"Traceback" not in said


async def test_a_second_bot_stands_by_and_takes_over_at_once_when_the_first_one_stops(
    emulator: DiscordEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    machines = iter(f"machine {number}" for number in range(1000))
    monkeypatch.setattr("socket.gethostname", lambda: next(machines))
    with a_server() as port, redis.Redis(port=port) as server, emulator.redirect():
        remember(server, ServedCheckpoint(name="pocket", hash="ab", side=128))
        settings = BotSettings(
            home=tmp_path,
            redis_url=f"redis://localhost:{port}/0",
            discord_token=SecretStr(emulator.token),
            metrics=str(free_port()),  # the same for both: they may be on one machine
        )
        first = asyncio.create_task(run_bot(settings))
        await emulator.wait_online(within=PATIENCE)
        second = asyncio.create_task(run_bot(settings))
        await eventually(lambda: "stands by" in caplog.text)
        assert len(emulator.gateway.connections) == 1
        first.cancel()
        await asyncio.wait([first], timeout=PATIENCE)
        stopped = time.monotonic()
        await emulator.wait_online(within=PATIENCE)
        print(f"the second one is online {time.monotonic() - stopped:.1f} s after the first one stopped")
        second.cancel()
        await asyncio.wait([second], timeout=PATIENCE)
    assert first.cancelled()
    assert second.cancelled()


async def test_a_bot_that_stands_by_is_ready_and_leaves_the_records_to_the_one_at_work(
    emulator: DiscordEmulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """That one may be of an earlier version, to which records that are brought up to date are unreadable."""
    page, database = free_port(), tmp_path / "records" / "darkroom.db"
    with a_server() as port, redis.Redis(port=port) as server, emulator.redirect():
        settings = BotSettings(
            home=tmp_path,
            redis_url=f"redis://localhost:{port}/0",
            database_url=SecretStr(f"sqlite:///{database}"),
            discord_token=SecretStr(emulator.token),
            metrics=str(page),
        )
        server.set(f"darkroom:lease:{bot_of(emulator.token)}", "elsewhere/1/at work", px=600_000)
        standing = asyncio.create_task(run_bot(settings))
        await eventually(lambda: "stands by" in caplog.text)
        assert await asyncio.to_thread(answers, page, "ready") == 200
        assert await asyncio.to_thread(answers, page, "health") == 200
        assert not database.exists()
        server.delete(f"darkroom:lease:{bot_of(emulator.token)}")
        await emulator.wait_online(within=PATIENCE)
        assert await asyncio.to_thread(answers, page, "health") == 200
        assert database.exists()
        standing.cancel()
        await asyncio.wait([standing], timeout=PATIENCE)
    assert standing.cancelled()


async def test_a_bot_that_is_told_to_stop_while_it_connects_anew_stops(
    emulator: DiscordEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It went on for as long as it was let, since discord.py had dropped the cancellation."""
    connects = asyncio.Event()

    async def connect_slowly(*_: object, **__: object) -> None:
        connects.set()
        await asyncio.sleep(PATIENCE)

    with a_server() as port:
        settings = BotSettings(
            home=tmp_path,
            redis_url=f"redis://localhost:{port}/0",
            database_url=SecretStr(f"sqlite:///{tmp_path / 'bot.db'}"),
            discord_token=SecretStr(emulator.token),
        )
        running = asyncio.create_task(run_bot(settings))
        await emulator.wait_online(within=PATIENCE)
        monkeypatch.setattr(DiscordWebSocket, "from_client", connect_slowly)
        emulator.drop_gateway()
        await connects.wait()
        running.cancel()
        await asyncio.wait([running], timeout=PATIENCE)
    assert running.cancelled()


def answers(port: int, page: str) -> int:
    """The status with which a page of a bot's metrics is answered."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=PATIENCE) as answer:
        return int(answer.status)
