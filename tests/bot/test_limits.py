"""How many jobs may be open."""

from __future__ import annotations

import pytest

from storage.jobs import Job
from storage.limits import Limits
from storage.records.origin import Origin
from tests.bot.conftest import Chat
from tests.conftest import a_job

FAR = 2**40


async def put(chat: Chat, member: int, channel: int, guild: int) -> Job:
    """Record a job that nobody will do: its checkpoint is served nowhere."""
    job = a_job("nowhere")
    await chat.studio.jobs.add(job, Origin(guild, channel, member, None, None))
    return job


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("channel", "This channel has 2 jobs that are not done yet"),
        ("farm", "2 jobs wait for the farm already"),
        ("member", "You have 2 jobs that are not done yet"),
        ("server", "This server has 2 jobs that are not done yet"),
    ],
)
async def test_more_than_as_many_are_refused(idle_chat: Chat, where: str, said: str) -> None:
    limits = Limits.model_validate({where: 2})
    idle_chat.settings = idle_chat.settings.model_copy(update={"limits": limits})
    await idle_chat.start_bot()
    same = {
        "member": idle_chat.ada.id if where == "member" else FAR,
        "channel": idle_chat.channel.id if where == "channel" else FAR + 1,
        "guild": idle_chat.guild.id if where == "server" else FAR + 2,
    }
    for _ in range(2):
        await put(idle_chat, **same)
    refused = await idle_chat.ada.command(idle_chat.channel, "imagine", prompt="a red circle", count=1)
    message = await refused.message()
    assert message.ephemeral
    assert said in message.content
