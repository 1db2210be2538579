"""Several processes of one bot, each with some of its shards: each does what is of its servers, once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.client import run_bot
from bot.delivery.delivery import Delivery
from storage.connection import connect
from storage.embedded_redis import EmbeddedRedis
from storage.events import Result
from storage.records.jobs import JobRecord
from storage.result_stream import undelivered
from storage.settings import BotSettings
from storage.shards import Shards
from tests.bot.bot_process import BotProcess
from tests.bot.conftest import PATIENCE, eventually, is_result
from tests.discord_emulator import DiscordEmulator
from tests.discord_emulator.interactions import InteractionRun
from tests.discord_emulator.messages import Message
from tests.discord_emulator.world import Channel, Member
from tests.stores import emptied

QUICK = {"prompt": "a red circle over the sea", "quality": "draft", "count": 1, "anatomy": "off: none"}
SLOW = {**QUICK, "quality": "fine", "count": 4}
COUNT = 4


class Server:
    """A server in a shard of four, with a member."""

    def __init__(self, discord: DiscordEmulator, shard: int) -> None:
        guild = discord.guild_of(shard, COUNT, f"server of shard {shard}")
        self.id = guild.id
        self.channel: Channel = guild.channel("pictures")
        self.ada: Member = guild.member(f"ada of {shard}")

    async def imagine(self, **options: object) -> InteractionRun:
        """Ask for pictures, until the job is taken."""
        run = await self.ada.command(self.channel, "imagine", **(options or QUICK))
        await run.response()
        return run

    @property
    def results(self) -> list[Message]:
        return [message for message in self.channel.messages if is_result(message)]


@pytest.fixture
def servers(emulator: DiscordEmulator) -> list[Server]:
    """One of each shard."""
    return [Server(emulator, shard) for shard in range(COUNT)]


@pytest.fixture
async def settings(
    emulator: DiscordEmulator,
    home: Path,
    worker: None,
    no_previews: None,
    postgres_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[BotSettings]:
    monkeypatch.setattr("bot.identify.APART_SECONDS", 0.2)
    database, token = SecretStr(await emptied(postgres_address)), SecretStr(emulator.token)
    yield BotSettings(home=home, database_url=database, discord_token=token)
    assert emulator.unknown_requests == []


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None]]:
    """Which process told of a result, and of which server it was."""
    told, tell = list[tuple[str, int | None]](), Delivery._tell

    async def noted(self: Any, record: JobRecord, result: Result, **options: bool) -> None:
        told.append((str(self._studio.settings.shards), record.origin.guild_id))
        await tell(self, record, result, **options)

    monkeypatch.setattr(Delivery, "_tell", noted)
    return told


def part(settings: BotSettings, shards: str) -> asyncio.Task[None]:
    """A process of the bot, as far as it needs none of its own."""
    return asyncio.create_task(run_bot(settings.model_copy(update={"shards": Shards.read(shards)})))


async def stopped(*parts: asyncio.Task[None]) -> None:
    for each in parts:
        each.cancel()
    await asyncio.wait(parts, timeout=PATIENCE)
    assert all(each.cancelled() for each in parts)


@contextlib.asynccontextmanager
async def running(discord: DiscordEmulator, settings: BotSettings, *layout: str) -> AsyncIterator[None]:
    """All processes of the bot, each with these shards, for as long as the block lasts."""
    parts = [part(settings, each) for each in layout]
    wanted = {(shard, each.count) for each in map(Shards.read, layout) for shard in each.ids}
    try:
        await eventually(lambda: discord.gateway.shards == wanted or any(each.done() for each in parts))
        await discord.wait_commands("imagine", "jobs", within=PATIENCE)
        yield
    finally:
        await stopped(*parts)


@pytest.mark.slow
async def test_each_looks_after_its_servers_and_the_first_after_direct_messages(
    emulator: DiscordEmulator,
    settings: BotSettings,
    servers: list[Server],
    told: list[tuple[str, int | None]],
) -> None:
    there = servers[2]
    async with running(emulator, settings, "0-1/4", "2-3/4"):
        assert len([each for each in emulator.requests if each.path.endswith("/commands")]) == 1
        for server in servers:
            await server.imagine()
        for server in servers:
            await server.channel.wait_message(is_result, within=PATIENCE)
        owners = {"0-1/4": servers[:2], "2-3/4": servers[2:]}
        assert sorted(told) == sorted((part, each.id) for part, its in owners.items() for each in its)
        assert all(len(server.results) == 1 for server in servers)

        # In a direct message, which the first process hears of, about the job of a server of the other one.
        asked = await (await there.imagine(**SLOW)).message()
        listed = await (await there.ada.command(there.ada.dm, "jobs")).message()
        await there.ada.press(listed, "Cancel 1")
        await asked.wait(lambda message: "Cancelled." in message.content, PATIENCE)
        assert told[-1] == ("2-3/4", there.id)
        posted = await (await there.ada.press(listed, "Post 2 again")).message(is_result, within=PATIENCE)
        again = await there.ada.press(posted, "Reroll")
        await again.message(is_result, within=PATIENCE)
        assert told[-1:] == [("0-1/4", None)]

        run = await there.ada.press(there.results[0], "Reroll")
        await run.message(is_result, within=PATIENCE)
        assert told[-1] == ("2-3/4", there.id)
        assert len(told) == len(servers) + 3


@pytest.mark.slow
async def test_results_that_wait_while_the_shards_are_divided_anew(
    emulator: DiscordEmulator,
    settings: BotSettings,
    servers: list[Server],
    told: list[tuple[str, int | None]],
    redis_server: EmbeddedRedis,
) -> None:
    layouts = [("0/1",), ("0-1/4", "2-3/4"), ("0-1,3/4", "2/4"), ("0/2", "1/2"), ("0/1",)]
    connection = connect(redis_server.url)
    of_others = undelivered(connection)

    def waiting() -> int:
        return undelivered(connection) - of_others

    for times, layout in enumerate(layouts):
        async with contextlib.AsyncExitStack() as ends, running(emulator, settings, *layout):
            await eventually(lambda: waiting() == 0)
            owners = [(part, each.id) for part in layout for each in servers if owns(part, each)]
            assert sorted(told) == (sorted(owners) if times else [])
            assert [len(each.results) for each in servers] == [times] * len(servers)
            if times == len(layouts) - 1:
                break
            ends.enter_context(emulator.hold("PATCH /webhooks"))
            for server in servers:
                await server.imagine()
            await eventually(lambda: waiting() == len(servers))
        assert waiting() == len(servers)
        told.clear()


def owns(part: str, server: Server) -> bool:
    return Shards.read(part).owns(server.id)


@pytest.mark.slow
async def test_a_process_is_killed_and_the_one_that_stands_by_goes_on(
    emulator: DiscordEmulator,
    settings: BotSettings,
    servers: list[Server],
    told: list[tuple[str, int | None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    address, shards = settings.database_address, Shards.read("2-3/4")
    second = BotProcess(emulator, settings.home, address, shards=shards)
    first = part(settings, "0-1/4")
    await second.start()
    await eventually(lambda: len(emulator.gateway.shards) == COUNT)
    stands_by = part(settings, "2-3/4")
    await eventually(lambda: "this one stands by" in caplog.text)
    for server in servers:
        await server.imagine()
    await second.end(signal.SIGKILL)
    await eventually(lambda: len(emulator.gateway.shards) < COUNT)
    await eventually(lambda: len(emulator.gateway.shards) == COUNT)
    await servers[3].imagine()
    for server in servers:
        await server.channel.wait_message(is_result, within=PATIENCE)
    await eventually(lambda: len(servers[3].results) == 2)
    await stopped(first, stands_by)
    assert [len(server.results) for server in servers] == [1, 1, 1, 2]
    assert {each for each in told if each[1] in (servers[0].id, servers[1].id)} == {
        ("0-1/4", servers[0].id),
        ("0-1/4", servers[1].id),
    }
    assert ("2-3/4", servers[3].id) in told
