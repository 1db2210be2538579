"""Buttons live in their custom_ids: the bot may come and go."""

from __future__ import annotations

import pytest

from tests.bot.conftest import PATIENCE, Chat, is_picture, is_result


@pytest.mark.slow
async def test_buttons_work_after_a_restart(chat: Chat) -> None:
    grid = await chat.imagine(seed=7)
    await chat.stop_bot()
    await chat.start_bot()
    run = await chat.ada.press(grid, "U1")
    alone = await run.message(is_picture, within=PATIENCE)
    run = await chat.ada.press(alone, "Vary subtle")
    varied = await run.message(is_result, within=PATIENCE)
    assert "seed 7" in varied.content
