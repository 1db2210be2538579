"""A whole farm for the chat tests: real Redis, real worker with the pocket checkpoint, emulated Discord."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import discord
import pytest
from PIL import Image
from pydantic import SecretStr

from bot import wording
from bot.client import Darkroom
from bot.studio import Studio, open_studio
from gpuworker.worker import run_worker
from storage.connection import connect
from storage.embedded_redis import EmbeddedRedis
from storage.farm import workers
from storage.recipe import Recipe, sampled
from storage.recipe_file import read_recipe
from storage.records.jobs import JobRecord, RowState
from storage.settings import BotSettings, Settings
from tests.discord_emulator import DiscordEmulator, pulse
from tests.discord_emulator.attachments import Attachment
from tests.discord_emulator.messages import Message
from tests.discord_emulator.world import Channel, Guild, Member

LATENCY = 0.05
"""Seconds that Discord is away, there and back."""
PATIENCE = pulse.PATIENCE


class Chat:
    """A server with a channel and a member, and the bot that can be started and stopped."""

    def __init__(self, discord: DiscordEmulator, settings: BotSettings) -> None:
        self.discord = discord
        self.settings = settings
        self.guild: Guild = discord.guild()
        self.channel: Channel = self.guild.channel("pictures")
        self.ada: Member = self.guild.member("ada")
        self.ben: Member = self.guild.member("ben")
        self.moderator: Member = self.guild.member("mod", permissions=["manage_messages", "manage_channels"])
        self._bot: contextlib.AsyncExitStack | None = None
        self.client: Darkroom

    @property
    def studio(self) -> Studio:
        """What the running bot works with."""
        return self.client.studio

    def knows_nsfw(self, channel: Channel) -> bool:
        """Whether the bot has heard that a channel is age-restricted."""
        known = self.client.get_channel(channel.id)
        return isinstance(known, discord.TextChannel) and known.is_nsfw()

    async def start_bot(self, knows: str = "pocket") -> None:
        """Bring the bot online, knowing a checkpoint of its farm, or none."""
        self._bot = contextlib.AsyncExitStack()
        studio = await self._bot.enter_async_context(open_studio(self.settings))
        self.client = await self._bot.enter_async_context(Darkroom(studio))
        running = asyncio.create_task(self.client.start(self.discord.token))
        self._bot.push_async_callback(asyncio.wait_for, running, PATIENCE)
        self._bot.push_async_callback(self.client.close)
        await self.discord.wait_online()
        await self.discord.wait_commands("imagine", "jobs", "policy")
        await eventually(lambda: not knows or studio.checkpoints.get(knows))

    async def stop_bot(self) -> None:
        """Take the bot offline; what it knows lies in its database."""
        if self._bot is not None:
            await self._bot.aclose()
            self._bot = None

    async def imagine(self, prompt: str = "a red circle over the sea", **options: object) -> Message:
        """Ask as Ada and wait for the posted pictures, as they come: none is discarded for who is in it."""
        options = {"anatomy": "off: none", **options}
        run = await self.ada.command(self.channel, "imagine", prompt=prompt, **options)
        return await run.message(is_result, within=PATIENCE)


async def eventually(probe: Callable[[], object]) -> None:
    """Wait until `probe` finds something."""
    async with asyncio.timeout(PATIENCE):
        while not probe():
            await asyncio.sleep(0.02)


async def only_record(chat: Chat) -> JobRecord:
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    return record


async def settled(chat: Chat, state: RowState) -> JobRecord:
    """The record of Ada's only job, once it is in that state."""
    async with asyncio.timeout(PATIENCE):
        while (record := await only_record(chat)).state is not state:
            await asyncio.sleep(0.05)
    return record


def is_result(message: Message) -> bool:
    """Whether a message shows finished pictures: those have a reroll button."""
    return "Reroll" in message.labels


def is_picture(message: Message) -> bool:
    """Whether a message shows one picture alone: it can be varied."""
    return "Vary strong" in message.labels


def recipe_of(message: Message) -> Recipe:
    """The recipe in the file that a member can download."""
    recipe = sampled(read_recipe(message.attachments[0].content))
    assert recipe is not None
    return recipe


def link_to(chat: Chat, message: Message) -> str:
    """The link that a member copies from a message."""
    return wording.message_url(chat.guild.id, chat.channel.id, message.id)


def opened(attachment: Attachment) -> Image.Image:
    """The picture that a member sees."""
    return Image.open(io.BytesIO(attachment.content)).convert("RGB")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("farm")


@contextlib.contextmanager
def running_worker(settings: Settings) -> Iterator[None]:
    """A worker in a thread of this process, serving its checkpoints when the block begins."""
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(settings,), kwargs={"stop": stop})
    worker.start()
    try:
        connection = connect(settings)
        give_up = time.monotonic() + PATIENCE
        while not any(card.checkpoints for card in workers(connection)):
            assert worker.is_alive(), "the worker ended at once"
            assert time.monotonic() < give_up, "the worker found no checkpoint fit"
            time.sleep(0.05)
        yield
    finally:
        stop.set()
        worker.join(PATIENCE)


@pytest.fixture(scope="session")
def redis_server(home: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(home / "redis") as server:
        yield server


@pytest.fixture(scope="session")
def worker(home: Path, redis_server: EmbeddedRedis) -> Iterator[None]:
    with running_worker(Settings(home=home)):
        yield


@pytest.fixture
async def emulator() -> AsyncIterator[DiscordEmulator]:
    async with DiscordEmulator() as running:
        running.faults.latency = LATENCY
        with running.redirect():
            yield running


@pytest.fixture
async def idle_chat(
    emulator: DiscordEmulator, home: Path, worker: None, bot_database: SecretStr, no_previews: None
) -> AsyncIterator[Chat]:
    """A chat whose bot is not running yet; its records are its own, its farm is everybody's."""
    chat = Chat(emulator, BotSettings(home=home, database_url=bot_database))
    try:
        yield chat
    finally:
        await chat.stop_bot()
        assert emulator.unknown_requests == []
        assert emulator.rate_limit_hits == []


@pytest.fixture
async def chat(idle_chat: Chat) -> Chat:
    """A chat whose bot is online."""
    await idle_chat.start_bot()
    return idle_chat
