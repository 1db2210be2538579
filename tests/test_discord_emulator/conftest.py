"""An emulator with a server, a channel and a member, and a client of it."""

from collections.abc import AsyncIterator

import discord
import pytest

from tests.discord_emulator import Channel, DiscordEmulator, Guild, Member


@pytest.fixture
async def emulator() -> AsyncIterator[DiscordEmulator]:
    async with DiscordEmulator() as running:
        with running.redirect():
            yield running


@pytest.fixture
def guild(emulator: DiscordEmulator) -> Guild:
    return emulator.guild()


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("pictures")


@pytest.fixture
def alice(guild: Guild) -> Member:
    return guild.member("Alice")


@pytest.fixture
async def client(emulator: DiscordEmulator) -> AsyncIterator[discord.Client]:
    """discord.py with a token but without a gateway, for what goes over HTTP alone."""
    async with discord.Client(intents=discord.Intents.none()) as logged_in:
        await logged_in.login(emulator.token)
        yield logged_in
