"""What the doctor says of Discord."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from bot.doctor import examine_discord
from moderation.policy import NSFW
from storage.database import Database
from storage.records.policies import PolicyRecords
from storage.settings import BotSettings
from tests.discord_emulator import DiscordEmulator


async def test_the_doctor_looks_at_discord(tmp_path: Path) -> None:
    async with DiscordEmulator() as emulator:
        with emulator.redirect():
            guild = emulator.guild("Studio")
            guild.channel("open")
            guild.channel("closed").deny(guild.me, "attach_files")
            database = await Database.open(BotSettings(home=tmp_path).database_address)
            await PolicyRecords(database).set(guild.id, guild.id, NSFW, guild.id)
            await database.close()
            right = BotSettings(home=tmp_path, discord_token=SecretStr(emulator.token))
            checks = {check.part: check for check in await examine_discord(right)}
            wrong = BotSettings(home=tmp_path, discord_token=SecretStr("wrong"))
            (refused,) = await examine_discord(wrong)
        assert emulator.unknown_requests == []
    assert checks["App Directory"].says.startswith("policies for adults: 1. Discord allows no")
    assert "oauth2/authorize" in checks["invite link"].says
    assert checks["server Studio"].says == "cannot post in #closed (Attach Files)"
    assert refused.state == "broken"
    assert "token is wrong" in refused.says
