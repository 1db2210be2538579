"""Several processes of a bot divide servers among them, and what hits one hits no other."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos import bots
from tests.chaos.bots import Bot, serving
from tests.chaos.plan import Kind
from tests.discord_emulator import DiscordEmulator


class Played:
    """What would be a process: it notes what is done with it."""

    def __init__(self, *_: object, **__: object) -> None:
        self.environment: dict[str, str] = {}
        self.done: list[str] = []
        self.runs = False

    async def start(self, within: float) -> None:
        self.done.append(f"started as {Path(self.environment['HISTORY']).stem}")
        self.runs = True

    def lives(self) -> bool:
        return self.runs

    def send_signal(self, number: signal.Signals) -> None:
        self.done.append(number.name)

    async def end(self, number: signal.Signals) -> None:
        self.done.append(number.name)
        self.runs = False


@pytest.fixture
async def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Bot]]:
    monkeypatch.setattr(bots, "BotProcess", Played)
    async with DiscordEmulator() as emulator, serving(emulator, tmp_path, "", 1, [{}] * 3, 1.0) as found:
        yield found


def done_to(bot: Bot) -> list[str]:
    assert isinstance(bot._process, Played)
    return bot._process.done


async def test_each_server_is_looked_after_by_one_of_them_who_has_a_way_of_its_own(three: list[Bot]) -> None:
    for bot in three:
        assert [each.name for each in three if each.shards.owns(bot.guild.id)] == [bot.name]
        assert bot.is_up.is_set()
    assert len({bot._process.environment["DARKROOM_REDIS_URL"] for bot in three}) == 3


async def test_a_fault_hits_one_of_them_which_is_there_again_afterwards(three: list[Bot]) -> None:
    hit = three[1]
    for kind in (Kind.KILL_BOT, Kind.PAUSE_BOT, Kind.STOP_BOT, Kind.CUT_BOT):
        await hit.hit(kind, 0.01, 1.0)
        assert hit.is_up.is_set()
    lives = [f"started as bot 2.{life}" for life in (1, 2, 3)]
    assert done_to(hit) == [lives[0], "SIGKILL", lives[1], "SIGSTOP", "SIGCONT", "SIGTERM", lives[2]]
    assert done_to(three[0]) == ["started as bot 1.1"]
    await hit.restart_if_ended(1.0)
    assert done_to(hit)[-1] == lives[2], "it has not ended"
    await hit.end(signal.SIGTERM)
    assert not hit.is_up.is_set(), "nobody asks it for anything"
    await hit.restart_if_ended(1.0)
    assert done_to(hit)[-1] == "started as bot 2.4"
    assert hit.is_up.is_set()
