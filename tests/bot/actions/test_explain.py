"""How a prompt was read, shown to whoever asks."""

from __future__ import annotations

import numpy as np
import pytest

from bot.weight_strip import colour_of
from tests.bot.conftest import Chat, opened


@pytest.mark.slow
async def test_whoever_asks_is_shown_how_a_prompt_was_read(chat: Chat) -> None:
    plain = await chat.imagine(count=1, quality="draft")
    assert "How was it read?" not in plain.labels
    grid = await chat.imagine("a (red:1.5) circle over the sea", count=2, quality="draft")
    run = await chat.ben.press(grid, "How was it read?")
    said = await run.message()
    assert said.ephemeral
    colours = set(map(tuple, np.asarray(opened(said.attachments[0])).reshape(-1, 3).tolist()))
    assert {colour_of(1.5), colour_of(1)} <= colours
