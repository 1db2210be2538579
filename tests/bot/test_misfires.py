"""What was discarded is kept for training only where the operator opted in, and only what may be shown."""

from __future__ import annotations

import pytest

from storage.misfires import Misfires
from tests.bot.actions.test_discarded import three_arms_at_first
from tests.bot.conftest import Chat, only_record

__all__ = ["three_arms_at_first"]


@pytest.mark.usefixtures("three_arms_at_first")
@pytest.mark.parametrize(("kept", "count"), [("off", 0), ("pictures", 1)])
async def test_the_operator_opts_in(idle_chat: Chat, kept: str, count: int) -> None:
    chat = idle_chat
    chat.settings = chat.settings.model_copy(update={"misfires": kept})
    await chat.start_bot()
    before = len(list(Misfires(chat.settings.home)))
    await chat.imagine("a woman at sea", count=1, quality="draft", anatomy="normal: third arms and the like")
    assert len((await only_record(chat)).pictures[0].discarded) == 1
    found = list(Misfires(chat.settings.home))
    assert len(found) - before == count
    assert all(misfire.prompt is None for misfire, _ in found)
