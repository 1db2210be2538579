"""A bot that does what a test says, and what tests say to the emulator beside it."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import discord
import pytest
from discord import app_commands, ui
from discord.ext import commands
from PIL import Image

from tests.discord_emulator import DiscordEmulator

Interaction = discord.Interaction[commands.AutoShardedBot]
Script = Callable[[Interaction], Awaitable[object]]


class RerollButton(ui.DynamicItem[ui.Button[ui.View]], template=r"reroll:(?P<job>\d+)"):
    """A button that needs no memory: everything is in its custom_id."""

    def __init__(self, job: int) -> None:
        super().__init__(ui.Button(label="Reroll", custom_id=f"reroll:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: Any) -> Self:
        return cls(int(match["job"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"rerolled {self.job}", ephemeral=True)


class Bot(commands.AutoShardedBot):
    """A bot whose `/imagine` does what the test says."""

    def __init__(self, script: Script | None = None, **options: Any) -> None:
        # discord.py waits this long for more guilds before it says it is ready.
        intents = discord.Intents(guilds=True, messages=True)
        defaults: dict[str, Any] = {"guild_ready_timeout": 0.05, "intents": intents}
        super().__init__("!", **(defaults | options))
        self.script = script
        self.heard: list[int] = []
        self.failures: list[app_commands.AppCommandError] = []
        self.tree.add_command(app_commands.Command(name="imagine", description="Make it", callback=imagine))
        self.tree.error(self.note)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(RerollButton)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py would wait five seconds before it identifies again."""

    async def note(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        self.failures.append(error)

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.id)

    @contextlib.asynccontextmanager
    async def online(self, emulator: DiscordEmulator) -> AsyncIterator[Self]:
        async with self:
            running = asyncio.create_task(self.start(emulator.token))
            await emulator.wait_online()
            await self.wait_until_ready()
            yield self
        await running


async def suggest(interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
    names = ("pocket", "portrait", "photo")
    return [app_commands.Choice(name=each, value=each) for each in names if each.startswith(current)]


@app_commands.describe(prompt="What to see", count="How many", checkpoint="Which model", start="A picture")
@app_commands.autocomplete(checkpoint=suggest)
async def imagine(
    interaction: discord.Interaction[Any],
    prompt: app_commands.Range[str, 1, 200],
    count: app_commands.Range[int, 1, 4] = 1,
    checkpoint: str = "pocket",
    start: discord.Attachment | None = None,
) -> None:
    script = interaction.client.script
    await (script(interaction) if script else interaction.response.send_message(f"{count} x {prompt}"))


def picture(colour: str = "red") -> discord.File:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 4), colour).save(buffer, "PNG")
    buffer.seek(0)
    return discord.File(buffer, "grid.png", description="four foxes")


def socket_url(emulator: DiscordEmulator) -> str:
    return emulator.gateway_url + "?v=10&encoding=json"


async def refused(call: Awaitable[object]) -> discord.HTTPException:
    with pytest.raises(discord.HTTPException) as caught:
        await call
    return caught.value
