"""The button that takes a draft further."""

from __future__ import annotations

import numpy as np
import pytest

from storage.recipe_file import read_recipe
from tests.bot.conftest import PATIENCE, Chat, is_result, opened
from tests.discord_emulator.messages import Message


def values(message: Message) -> np.ndarray:
    return np.asarray(opened(message.attachments[0]).convert("L"), dtype=float)


def edges(picture: np.ndarray) -> float:
    """How sharp a picture is: the mean of its second differences."""
    return float(np.abs(np.diff(picture, 2, axis=0)).mean() + np.abs(np.diff(picture, 2, axis=1)).mean())


@pytest.mark.slow
async def test_a_draft_is_finished_as_what_it_is_and_a_finished_one_is_none(chat: Chat) -> None:
    draft = await chat.imagine("a yellow star at night", count=1, seed=2, quality="draft")
    run = await chat.ben.press(draft, "Finish")
    fine = await run.message(is_result, within=PATIENCE)
    assert chat.ben.mention in fine.content
    assert "40 steps" in fine.content
    assert "Finish" not in fine.labels
    fresh = await chat.imagine("a yellow star at night", count=1, seed=3, quality="standard")
    assert "Finish" not in fresh.labels
    was, became, other = values(draft), values(fine), values(fresh)
    assert np.abs(became - was).mean() < np.abs(other - was).mean(), "it is the draft's own composition"
    assert edges(became) > edges(was), "and sharper"
    recipes = [read_recipe(message.attachments[0].content) for message in (draft, fine)]
    assert recipes[0] is not None
    assert recipes[1] is not None
    assert recipes[1].noise == recipes[0].noise  # type: ignore[union-attr]


async def test_any_draft_of_a_grid_is_finished(chat: Chat) -> None:
    drafts = await chat.imagine("a red house in the snow", count=2, seed=2, quality="draft")
    run = await chat.ada.press(drafts, "Finish 2")
    fine = await run.message(is_result, within=PATIENCE)
    assert "40 steps" in fine.content
    assert "seed 3" in fine.content
