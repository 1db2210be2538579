"""The emulator against the real discord.py: what it serves, and what it refuses."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from tests.discord_emulator import DiscordEmulator


class RerollButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"reroll:(?P<job>\d+)"
):
    """A button that needs no memory: everything is in its custom_id."""

    def __init__(self, job: int) -> None:
        super().__init__(discord.ui.Button(label="Reroll", custom_id=f"reroll:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(cls, interaction, item, match):  # type: ignore[no-untyped-def]
        return cls(int(match["job"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"rerolled {self.job}", ephemeral=True)


class Bot(commands.AutoShardedBot):
    def __init__(self) -> None:
        super().__init__(
            "!",
            intents=discord.Intents(guilds=True, messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.tree.command(name="imagine", description="Make a picture")(imagine)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(RerollButton)
        await self.tree.sync()


@app_commands.describe(prompt="What to see", count="How many")
async def imagine(
    interaction: discord.Interaction, prompt: str, count: app_commands.Range[int, 1, 4] = 1
) -> None:
    view = discord.ui.View(timeout=None)
    view.add_item(RerollButton(count))
    await interaction.response.send_message(f"in the queue: {prompt}")
    await interaction.edit_original_response(
        content=f"done: {prompt}", attachments=[discord.File(__file__, "a b.py")], view=view
    )
    await interaction.followup.send("more")


@pytest.fixture
async def emulator() -> AsyncIterator[DiscordEmulator]:
    async with DiscordEmulator() as running:
        with running.redirect():
            yield running


@contextlib.asynccontextmanager
async def logged_in(emulator: DiscordEmulator, bot: commands.AutoShardedBot) -> AsyncIterator[None]:
    async with bot:
        task = asyncio.create_task(bot.start(emulator.token))
        await emulator.wait_online()
        await bot.wait_until_ready()
        yield
    await task


async def test_first(emulator: DiscordEmulator) -> None:
    guild = emulator.guild()
    channel = guild.channel()
    alice = guild.member("Alice")
    bot = Bot()
    async with logged_in(emulator, bot):
        run = await alice.command(channel, "imagine", prompt="a fox", count=3)
        await run.response()
        print(run.latency)
        message = await channel.wait_message(lambda m: m.attachments)
        await run.message(lambda m: m.content == "more")
        print(channel.render())
        run = await alice.press(message, "Reroll")
        await run.response()
        print(run.render())
        emulator.drop_gateway()
        run = await alice.press(message, "Reroll")
        await run.response()
        print(run.render(), emulator.gateway.resumes)
        assert not emulator.unknown_requests
        assert not emulator.rate_limit_hits
