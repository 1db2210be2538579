"""Variations: near a picture, and further away."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest

from tasks import vary
from tests.bot.conftest import PATIENCE, Chat, is_result, opened


@pytest.mark.slow
async def test_variations_stay_near_and_strong_ones_go_further(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both vary towards the same four noises: else chance could carry a subtle variation further.
    monkeypatch.setattr(vary, "new_seed", cycle(range(100, 104)).__next__)
    parent = await chat.imagine(count=1, seed=3)
    original = np.asarray(opened(parent.attachments[0]), dtype=float)
    distances = {}
    for label in ("Vary subtle", "Vary strong"):
        run = await chat.ben.press(parent, label)
        grid = await run.message(is_result, within=PATIENCE)
        assert chat.ben.mention in grid.content
        assert f"/{parent.id}" in grid.content
        picture = np.asarray(opened(grid.attachments[0]), dtype=float)
        corners = [picture[y : y + 128, x : x + 128] for y in (0, 132) for x in (0, 132)]
        distances[label] = np.array([np.abs(corner - original).mean() for corner in corners])
    assert (distances["Vary subtle"] > 0).all()
    assert distances["Vary subtle"].mean() < distances["Vary strong"].mean()
