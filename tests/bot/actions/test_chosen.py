"""Whose jobs a button answers for, and where."""

from __future__ import annotations

import pytest

from moderation.policy import NSFW
from storage.jobs import JobId
from storage.records.jobs import RowState
from tests.bot.conftest import PATIENCE, Chat, eventually, is_result, settled
from tests.discord_emulator.messages import Message

GONE = "I no longer have the records of this picture"
WITHHELD = "This channel's policy does not allow the words"


def aim_at(message: Message, job_id: JobId) -> None:
    """Let the buttons of a message name another job, as a forged custom_id would."""
    for button in message.buttons:
        kind, action, _, *index = button["custom_id"].split(":")
        button["custom_id"] = ":".join((kind, action, job_id, *index))


@pytest.mark.slow
async def test_a_button_answers_only_for_jobs_of_its_own_server(chat: Chat) -> None:
    await chat.imagine("a (red:1.5) circle", count=2, best_of=3, quality="draft")
    (ours,) = await chat.studio.jobs.of_member(chat.ada.id)
    elsewhere = chat.discord.guild("Elsewhere")
    channel, eve = elsewhere.channel("pictures"), elsewhere.member("eve")
    run = await eve.command(channel, "imagine", prompt="a (blue:2) star", count=2, best_of=3, quality="draft")
    copied = await run.message(is_result, within=PATIENCE)
    aim_at(copied, ours.job.id)
    for button in ("U2", "V1 subtle", "Reroll", "How was it read?", "How were they ranked?"):
        run = await eve.press(copied, button)
        assert GONE in (await run.message(lambda message: message.ephemeral)).content
    assert len(await chat.studio.jobs.of_member(eve.id)) == 1


async def test_words_that_a_channel_no_longer_allows_are_not_shown_by_any_button(chat: Chat) -> None:
    chat.channel.set_nsfw(True)
    await chat.studio.policies.set(chat.guild.id, chat.channel.id, NSFW, chat.moderator.id)
    await eventually(lambda: chat.knows_nsfw(chat.channel))
    grid = await chat.imagine("a (naked:1.2) man in a meadow", count=2, quality="draft")
    await settled(chat, RowState.POSTED)
    chat.channel.set_nsfw(False)
    await eventually(lambda: not chat.knows_nsfw(chat.channel))
    for button in ("How was it read?", "U1"):
        run = await chat.ben.press(grid, button)
        said = await run.message(lambda message: message.ephemeral)
        assert WITHHELD in said.content or "kept back" in said.content
        assert said.attachments == []


async def test_a_button_that_no_action_answers_to_is_a_sentence(chat: Chat) -> None:
    grid = await chat.imagine(count=2, quality="draft")
    (button,) = (each for each in grid.buttons if ":delete:" in each["custom_id"])
    button["custom_id"] = button["custom_id"].replace(":delete:", ":frobnicate:")
    run = await chat.ada.press(grid, button["custom_id"])
    said = await run.message(lambda message: message.ephemeral)
    assert "do not know this button any more" in said.content
    assert not grid.deleted
