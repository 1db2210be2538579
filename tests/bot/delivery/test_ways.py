"""Results that come in another way than before everybody, and who gets to see them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
import pytest

from bot.delivery import ways
from gpuworker.stages.follow import PREVIEW_SECONDS
from storage.manner import Manner, Way
from storage.records.jobs import JobRecords, RowState
from tests.bot.conftest import PATIENCE, Chat, eventually, is_picture, is_result, link_to, settled
from tests.bot.delivery.conftest import recorded
from tests.discord_emulator.actors import ClientRefusal
from tests.discord_emulator.messages import Message

PROMPT = "a green star in the desert"


@pytest.fixture(autouse=True)
def _with_previews(no_previews: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have previews as usual, which show themselves in no other way than results."""
    monkeypatch.setattr("gpuworker.stages.follow.PREVIEW_SECONDS", PREVIEW_SECONDS)


async def ask(chat: Chat, result: str, **options: Any) -> Message:
    """The result of a job that Ada asked for, in the channel or in her direct messages."""
    options = {"prompt": PROMPT, "quality": "draft", "anatomy": "off: none", "count": 1, **options}
    run = await chat.ada.command(chat.channel, "imagine", result=result, **options)
    if result == "in a direct message":
        async with asyncio.timeout(PATIENCE):
            while not (found := [each for each in chat.ada.dm.messages if is_result(each)]):
                await asyncio.sleep(0.05)
        return found[-1]
    return await run.message(is_result, within=PATIENCE)


def said_to_all(chat: Chat) -> str:
    """Everything that others in the channel have ever been able to read."""
    return "\n".join(
        version.content + str([file.filename for file in version.attachments])
        for message in chat.channel.messages
        if not message.ephemeral
        for version in message.versions
    )


@pytest.mark.slow
async def test_a_private_result_is_seen_by_nobody_else_whatever_they_press(chat: Chat) -> None:
    grid = await ask(chat, "only for me", count=2, seed=77)
    assert grid.ephemeral
    assert not grid.visible_for(chat.ben.user)
    alone = await (await chat.ada.press(grid, "U2")).message(is_picture, within=PATIENCE)
    varied = await (await chat.ada.press(alone, "Vary subtle")).message(is_result, within=PATIENCE)
    shown = await (await chat.ada.command(chat.channel, "show")).message(is_picture, within=PATIENCE)
    assert alone.ephemeral
    assert varied.ephemeral
    assert shown.ephemeral
    assert PROMPT not in said_to_all(chat)

    job = (await chat.studio.jobs.of_member(chat.ada.id))[-1]
    for said in (job.job.id, grid.attachments[0].filename, link_to(chat, grid), "77"):
        for command in ("show", "history"):
            run = await chat.ben.command(chat.channel, command, picture=said)
            told = await run.message()
            assert told.ephemeral
            assert "I know no picture here" in told.content, (command, said)
    with pytest.raises(ClientRefusal):
        await chat.ben.press(grid, "Reroll")
    await chat.stop_bot()
    await chat.start_bot()
    again = await (await chat.ada.press(grid, "Reroll")).message(is_result, within=PATIENCE)
    assert again.ephemeral
    assert PROMPT not in said_to_all(chat)


@pytest.mark.slow
async def test_forged_buttons_and_public_children_lead_to_no_private_picture(chat: Chat) -> None:
    private = await ask(chat, "only for me", seed=5)
    public = await chat.imagine("a red circle over the sea", count=1, quality="draft")
    known, secret = (each.job.id for each in await chat.studio.jobs.of_member(chat.ada.id))
    for button in public.buttons:
        button["custom_id"] = button["custom_id"].replace(known, secret)
    for label in ("Vary strong", "Reroll", "2x", "Describe", "Report", "Redraw", "Same again"):
        run = await chat.ben.press(public, label)
        told = await run.message()
        assert told.ephemeral
        assert "no longer have the records" in told.content, label
    for button in public.buttons:
        button["custom_id"] = button["custom_id"].replace(secret, known)

    # Whoever shows a child of it gives away the child only.
    form = await (await chat.ada.press(private, "Redraw")).response()
    child = await (await chat.ada.submit_modal(form, {"Prompt": "a red star"})).message(
        is_result, within=PATIENCE
    )
    assert child.ephemeral
    assert PROMPT not in said_to_all(chat)


async def test_a_private_result_whose_token_died_comes_directly(chat: Chat) -> None:
    run = await chat.ada.command(
        chat.channel, "imagine", prompt=PROMPT, count=1, quality="draft", result="only for me"
    )
    await run.message()
    chat.discord.kill_token(run)
    posted = await chat.ada.dm.wait_message(is_result, within=PATIENCE)
    assert posted.attachments
    assert PROMPT not in said_to_all(chat)


async def test_a_private_result_whose_token_failed_once_and_who_takes_no_messages_comes_in_place(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.ada.user.dms_closed = True
    wish: Any = {"prompt": PROMPT, "quality": "draft", "anatomy": "off: none", "result": "only for me"}
    run = await chat.ada.command(chat.channel, "imagine", count=1, **wish)
    await run.message()
    fetch_user = chat.client.fetch_user

    async def live_again(member_id: int) -> discord.User:
        run.killed = False
        return await fetch_user(member_id)

    monkeypatch.setattr(chat.client, "fetch_user", live_again)
    run.killed = True
    posted = await run.message(is_result, within=PATIENCE)
    assert posted.ephemeral


async def test_the_ways_follow_from_the_row_whenever_they_are_asked(records: JobRecords) -> None:
    record = await recorded(records)

    def ways_when(
        manner: Manner, *, again: bool = False, way: Way | None = None, since: timedelta = timedelta()
    ) -> list[str]:
        asked = record.created_at - since
        origin = replace(record.origin, manner=manner)
        row = replace(record, origin=origin, created_at=asked, finished_at=asked, way=way)
        return list(ways.ways_of(row, again=again))

    assert ways_when(Manner.HERE) == ["answer", "channel", "direct"]
    assert ways_when(Manner.HERE, again=True) == ["answer", "message", "channel", "direct"]
    assert ways_when(Manner.HERE, again=True, way=Way.CHANNEL) == ["channel", "direct"]
    assert ways_when(Manner.PRIVATE, again=True, way=Way.DIRECT) == ["direct", "answer"]
    # What was quick pings nobody, however late that is said: an earlier attempt may have edited the answer.
    assert ways_when(Manner.PING, since=timedelta(hours=1)) == ["answer", "channel", "direct"]


async def test_a_direct_result_leaves_nothing_in_the_channel(chat: Chat) -> None:
    posted = await ask(chat, "in a direct message")
    assert posted.channel is chat.ada.dm
    record = await settled(chat, RowState.POSTED)
    assert (record.message_id, record.credits) == (posted.id, 1)
    assert PROMPT not in said_to_all(chat)
    run = await chat.ben.command(chat.channel, "show", picture=record.job.id)
    assert "I know no picture here" in (await run.message()).content
    varied = await (await chat.ada.press(posted, "Vary subtle")).message(is_result, within=PATIENCE)
    assert varied.channel is chat.ada.dm
    assert not varied.ephemeral


async def test_whose_direct_messages_are_closed_sees_it_in_place(chat: Chat) -> None:
    chat.ada.user.dms_closed = True
    await (await chat.ada.command(chat.channel, "settings set", result="in a direct message")).message()
    wish: Any = {"prompt": PROMPT, "count": 1, "quality": "draft", "anatomy": "off: none"}
    run = await chat.ada.command(chat.channel, "imagine", **wish)
    posted = await run.message(is_result, within=PATIENCE)
    assert posted.ephemeral


async def test_what_leaves_an_age_restricted_channel_directly_is_fit_for_everybody(chat: Chat) -> None:
    adults = chat.guild.channel("adults", nsfw=True)
    await eventually(lambda: chat.knows_nsfw(adults))
    await (await chat.moderator.command(adults, "policy set", preset="nsfw")).message()
    wish: Any = {"prompt": "a naked woman", "count": 1, "quality": "draft"}
    run = await chat.ada.command(adults, "imagine", result="in a direct message", **wish)
    refused = await run.message()
    assert refused.ephemeral
    assert "naked" in refused.content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


@pytest.mark.slow
async def test_a_spoiler_stays_one_wherever_it_is_shown(chat: Chat) -> None:
    grid = await ask(chat, "as a spoiler", count=2)
    assert grid.attachments[0].filename.startswith("SPOILER_")
    assert all(
        file.filename.startswith("SPOILER_") for version in grid.versions for file in version.attachments
    )
    alone = await (await chat.ben.press(grid, "U1")).message(is_picture, within=PATIENCE)
    varied = await (await chat.ben.press(alone, "Vary subtle")).message(is_result, within=PATIENCE)
    run = await chat.ben.command(chat.channel, "history", picture=grid.attachments[0].filename)
    family = await run.message(lambda message: message.attachments, within=PATIENCE)
    for shown in (alone, varied, family):
        assert shown.attachments[0].filename.startswith("SPOILER_")


async def test_what_took_long_pings_and_what_did_not_does_not(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = await ask(chat, "here, with a ping if it takes long")
    assert not quick.pings
    monkeypatch.setattr(ways, "PINGED_AFTER", timedelta(0))
    run = await chat.ada.command(
        chat.channel, "imagine", prompt=PROMPT, count=1, result="here, with a ping if it takes long"
    )
    asked = await run.message()
    async with asyncio.timeout(PATIENCE):
        while not (found := [each for each in chat.channel.messages if is_result(each) and each.pings]):
            await asyncio.sleep(0.05)
    assert chat.ada.user.id in found[0].pings.users
    await asked.wait(lambda message: found[0].channel is chat.channel and "done" in message.content)
