"""Whose lists or detectors are not as the manifest says posts nothing, and tells the moderators which."""

from __future__ import annotations

from bot.review import Reviewer
from bot.trouble import tell_moderators
from tests.bot.conftest import Chat, eventually


async def test_the_moderators_are_told_which_file_it_is(chat: Chat) -> None:
    backstage = chat.guild.channel("backstage")
    await eventually(lambda: chat.client.get_channel(backstage.id))
    await tell_moderators(chat.client)
    chat.studio.reviewer = Reviewer(None, "moderation/data/gore.txt is not as the manifest says.")
    await tell_moderators(chat.client)
    assert backstage.messages == [], "nobody named a channel yet"
    await chat.studio.reviews.set_channel(chat.guild.id, backstage.id, chat.moderator.id, "1")
    await tell_moderators(chat.client)
    (said,) = backstage.messages
    assert said.content == (
        "Nothing is made and nothing is posted: moderation/data/gore.txt is not as the manifest says."
    )
