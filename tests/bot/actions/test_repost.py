"""Posting a job's pictures again."""

from __future__ import annotations

from storage.records.jobs import RowState
from tests.bot.conftest import PATIENCE, Chat, is_result, settled


async def test_a_member_posts_pictures_of_theirs_again_from_their_jobs(chat: Chat) -> None:
    first = await chat.imagine("a green star in the desert", count=1, quality="draft")
    await settled(chat, RowState.POSTED)
    listed = await (await chat.ada.command(chat.channel, "jobs")).message()
    assert listed.labels == ["Post 1 again"]
    press = await chat.ada.press(listed, "Post 1 again")
    again = await press.message(is_result, within=PATIENCE)
    assert not again.ephemeral
    assert again.attachments[0].content == first.attachments[0].content
    assert "a green star in the desert" in again.content
