"""A bot in a process of its own."""

import asyncio
import os
import sys

from tests.discord_emulator import DiscordEmulator, Guild, Member


async def test_another_process_can_log_in(emulator: DiscordEmulator, guild: Guild, alice: Member) -> None:
    code = (
        "import discord, os, tests.discord_emulator.run_bot as run_bot\n"
        "run_bot.redirect()\n"
        "bot = discord.AutoShardedClient(intents=discord.Intents.default())\n"
        "bot.run(os.environ['DARKROOM_DISCORD_TOKEN'], log_handler=None)\n"
    )
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env=os.environ | emulator.environment
    )
    await emulator.wait_online()
    bot.kill()
    await bot.wait()
    await emulator.until(lambda: not emulator.gateway.online)
