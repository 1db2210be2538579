"""`/mod`: what moderators see and do from any channel."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import update

from storage.database import Database
from storage.review_tables import AuditRow
from storage.tables import table_of
from tests.bot.actions.test_report import QUICK, heard, reported, told
from tests.bot.conftest import PATIENCE, Chat
from tests.discord_emulator.messages import Message
from tests.discord_emulator.people import Member


async def answer(chat: Chat, command: str, by: Member | None = None, **options: Any) -> Message:
    run = await (by or chat.moderator).command(chat.channel, f"mod {command}", **options)
    message = await run.message(within=PATIENCE)
    assert message.ephemeral
    return message


async def test_a_member_is_suspended_and_the_log_says_so_and_is_whole(chat: Chat) -> None:
    assert "Nothing has been recorded" in (await answer(chat, "log")).content
    for member in (chat.moderator, chat.guild.member("other", permissions=["manage_messages"])):
        said = await answer(chat, "suspend", member=member, days=3, reason="x")
        assert "cannot be suspended" in said.content
    said = await answer(chat, "suspend", member=chat.ada, days=3, reason="Too *many*  tries")
    assert "Too \\*many\\* tries" in said.content
    asked: dict[str, dict[str, Any]] = {"imagine": {"prompt": "a tree"}, "jobs": {}}
    for command, options in asked.items():
        refused = await told(await chat.ada.command(chat.channel, command, **options))
        assert "suspended here until" in refused
    assert "**sfw**" in await told(await chat.ada.command(chat.channel, "policy show"))
    assert "may ask for pictures again" in (await answer(chat, "unsuspend", member=chat.ada)).content
    assert "is not suspended" in (await answer(chat, "unsuspend", member=chat.ada)).content
    assert "no jobs yet" in await told(await chat.ada.command(chat.channel, "jobs"))

    log = await answer(chat, "log", export=True)
    assert "The log is whole: 2 lines" in log.content
    assert f"{chat.moderator.mention} `suspended` {chat.ada.mention}" in log.content
    lines = [json.loads(line) for line in log.attachments[0].content.splitlines()]
    assert [line["what"] for line in lines] == ["suspended", "unsuspended"]
    database = await Database.open(chat.settings.database_address)
    async with database.writing() as db:
        await db.execute(update(table_of(AuditRow)).where(AuditRow.number == 1).values(what="log"))
    await database.close()
    assert "line 1 is not as it was written" in (await answer(chat, "log")).content


async def test_the_queue_is_decided_from_anywhere_and_without_a_channel_of_its_own(chat: Chat) -> None:
    assert "Nothing waits" in (await answer(chat, "queue")).content
    pictures = [await chat.imagine(prompt, **QUICK) for prompt in ("a tree", "a house")]
    for picture in pictures:
        await reported(chat.ben, picture)
    queue = await answer(chat, "queue")
    assert "`/mod channel`" in queue.content
    assert f"/{pictures[0].id}" in queue.content
    assert queue.content.count("A picture was reported") == 2
    assert "Nothing waits" in (await answer(chat, "appeals")).content
    await chat.moderator.press(queue, "Approve")
    await heard(chat.ben, "leave it where it is")
    assert (await answer(chat, "queue")).content.count("A picture was reported") == 1


async def test_the_moderators_channel_is_one_that_i_may_write_in(chat: Chat) -> None:
    lacks = chat.guild.member("lacks", permissions=["manage_messages"])
    assert "may manage all channels" in (await answer(chat, "channel", lacks)).content
    closed = chat.guild.channel("closed")
    closed.deny(chat.guild.me, "send_messages")
    said = (await answer(chat, "channel", where=closed)).content
    assert "I may not write there" in said
    assert await chat.studio.reviews.channel(chat.guild.id) is None
