"""Stopping a job."""

from __future__ import annotations

from tests.bot.conftest import PATIENCE, Chat


async def test_cancel_stops_a_job_and_costs_nothing(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", quality="fine", size="wide (7:4)")
    asked = await run.message()
    stranger = await chat.ben.press(asked, "Cancel")
    assert "may cancel it" in (await stranger.message(lambda message: message.ephemeral)).content
    await chat.ada.press(asked, "Cancel")
    await asked.wait(lambda message: "Cancelled." in message.content, PATIENCE)
    assert asked.labels == []
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    assert record.credits == 0
