"""A job that somebody names is found where it may be known."""

from __future__ import annotations

from tests.bot.conftest import Chat
from tests.bot.test_attachments import SEA, upload
from tests.discord_emulator.actors import Upload


async def test_a_file_named_like_a_job_of_another_server_tells_nothing_of_it(chat: Chat) -> None:
    await chat.imagine("a purple house", count=1, quality="draft")
    (ours,) = await chat.studio.jobs.of_member(chat.ada.id)
    elsewhere = chat.discord.guild("Elsewhere")
    channel, eve = elsewhere.channel("pictures"), elsewhere.member("eve")
    message = await eve.say(channel, "mine", Upload(f"darkroom-{ours.job.id}-4.png", upload(SEA).content))
    run = await (await eve.message_command(message, "Redraw with Darkroom")).response()
    assert run.modal is not None
    assert run.modal["components"][0]["component"].get("value", "") == ""
