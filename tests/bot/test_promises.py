"""Whoever reads that the bot is thinking gets an answer, if not from that bot then from the next."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import bot
from bot.promises import begin, time_left
from bot.studio import _MOST_TAKEN
from tests.bot.conftest import PATIENCE, Chat, is_result
from tests.bot.test_attachments import SEA, upload

_BROKEN = "I was restarted while I was at this, and nothing came of it. Please ask again."


async def test_the_next_bot_tells_who_was_left_waiting(chat: Chat) -> None:
    answered = await chat.ben.command(chat.channel, "jobs")
    before = (await answered.message()).content
    with chat.discord.hold("GET /cdn"):
        run = await chat.ada.command(chat.channel, "describe", image=upload(SEA))
        await chat.discord.until(lambda: run.original is not None and run.original.loading, PATIENCE)
        await chat.stop_bot()
    assert run.original is not None
    assert run.original.loading
    await chat.start_bot()
    assert (await run.message()).content == _BROKEN
    assert (await answered.message()).content == before


async def test_a_job_that_a_bot_took_before_it_died_is_answered_by_its_picture(chat: Chat) -> None:
    with chat.discord.slow("POST /interactions", 1.5):
        run = await chat.ada.command(chat.channel, "imagine", prompt="a red circle", count=1, quality="draft")
        await chat.discord.until(lambda: run.answer is not None, PATIENCE)
        await chat.stop_bot()
    await chat.start_bot()
    assert is_result(await run.message(is_result, within=PATIENCE))


def test_every_answer_that_is_promised_is_remembered() -> None:
    promising = re.compile(r"defer\([^)]*thinking=True")
    files = Path(bot.__file__).parent.rglob("*.py")
    assert [file.name for file in files if promising.search(file.read_text())] == ["promises.py"]


async def test_who_waits_for_a_turn_is_promised_an_answer(chat: Chat) -> None:
    async with contextlib.AsyncExitStack() as others:
        for _ in range(_MOST_TAKEN):
            await others.enter_async_context(chat.studio.taking)
        run = await chat.ada.command(chat.channel, "imagine", prompt="a red circle", count=1, quality="draft")
        await chat.discord.until(lambda: run.original is not None and run.original.loading, PATIENCE)
    assert is_result(await run.message(is_result, within=PATIENCE))


def test_the_clock_of_an_answer_starts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    interaction: Any = SimpleNamespace(extras={})
    monkeypatch.setattr(time, "monotonic", lambda: 10.0)
    begin(interaction)
    monkeypatch.setattr(time, "monotonic", lambda: 10.25)
    assert time_left(interaction) == 0.75
    assert time_left(SimpleNamespace(extras={})) == 1.0  # type: ignore[arg-type]
    monkeypatch.setattr(time, "monotonic", lambda: 14.0)
    assert time_left(interaction) == 0.0
