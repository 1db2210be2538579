"""`/help`: topics with pictures, in the member's language."""

from __future__ import annotations

import numpy as np
import pytest

from bot.commands.help import Topic
from bot.contact_sheet import CELL
from bot.grid import BACKGROUND, GAP
from tests.bot.conftest import Chat, opened

PICTURES = {Topic.PICTURES: 4, Topic.WORDS: 4, Topic.BUTTONS: 4, Topic.OWN: 3, Topic.PRIVACY: 2}


async def test_each_topic_is_answered_with_as_many_pictures_as_it_speaks_of(chat: Chat) -> None:
    for topic in Topic:
        run = await chat.ada.command(chat.channel, "help", topic=topic.value)
        said = await run.message()
        assert said.ephemeral
        assert said.content.startswith(f"**{str(topic.sentences[0]).strip('*')}**")
        sheet = opened(said.attachments[0])
        assert sheet.size == (PICTURES[topic] * (CELL + GAP) - GAP, CELL)
        pixels = np.asarray(sheet).astype(int)
        for place in range(PICTURES[topic]):
            cell = pixels[:, place * (CELL + GAP) :][:, :CELL]
            assert (abs(cell - BACKGROUND).sum(axis=-1) > 30).mean() > 0.9, "a cell without a picture"
        assert said.attachments[0].description


async def test_it_speaks_the_members_language_and_begins_with_pictures(chat: Chat) -> None:
    chat.ada.user.locale = "de"
    said = await (await chat.ada.command(chat.channel, "help")).message()
    assert said.content.startswith("**Bilder aus Worten**")
    assert "1. `a red boat over the sea`" in said.content


@pytest.mark.parametrize("topic", [Topic.PICTURES, Topic.WORDS])
def test_prompts_that_are_quoted_differ(topic: Topic) -> None:
    assert len(set(topic.prompts)) == PICTURES[topic]
