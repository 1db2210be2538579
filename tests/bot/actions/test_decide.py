"""Who may decide a case, and what a suspended member is told and can do about it."""

from __future__ import annotations

import pytest

from bot.actions.decide import days_of
from bot.refusals import Refusal
from tests.bot.actions.test_report import card, heard, moderators_channel, reported, told
from tests.bot.conftest import PATIENCE, Chat, is_result


@pytest.mark.parametrize("said", ["", "-1", "0", "1.5", "366", "a week", "٣٠٠٠"])
def test_days_are_a_number_from_1_to_365(said: str) -> None:
    with pytest.raises(Refusal, match="number from 1 to 365"):
        days_of(said)
    assert days_of("7").days == 7


async def test_a_member_is_suspended_from_a_card_and_contests_it(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    picture = await chat.imagine(count=1, quality="draft")
    await reported(chat.ben, picture)
    open_card = await card(desk, "was reported")
    assert "Only moderators" in await told(await chat.ben.press(open_card, "Suspend …"))
    opening = await (await chat.moderator.press(open_card, "Suspend …")).response(PATIENCE)
    await chat.moderator.submit_modal(opening, {"Days": "2", "Reason": "Rude pictures"})
    await picture.wait_deleted(PATIENCE)

    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", count=1, quality="draft")
    refusal = await run.message(lambda message: message.ephemeral, PATIENCE)
    assert "suspended here until" in refusal.content
    assert "Rude pictures." in refusal.content
    form = await (await chat.ada.press(refusal, "Appeal")).response(PATIENCE)
    said = await told(await chat.ada.submit_modal(form, {"Reason": "I am sorry."}))
    assert "A moderator will look at it" in said
    appeal = await card(desk, "an end of their suspension")
    assert "I am sorry." in appeal.content
    await chat.moderator.press(appeal, "Approve")
    await heard(chat.ada, "ended your suspension")
    again = await chat.ada.command(chat.channel, "imagine", prompt="a tree", count=1, quality="draft")
    assert is_result(await again.message(is_result, PATIENCE))


async def test_nobody_decides_about_themselves_or_about_another_server(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    run = await chat.moderator.command(chat.channel, "imagine", prompt="a tree", count=1, quality="draft")
    picture = await run.message(is_result, PATIENCE)
    await reported(chat.ben, picture)
    open_card = await card(desk, "was reported")
    assert "about yourself" in await told(await chat.moderator.press(open_card, "Approve"))
    other = chat.guild.member("other mod", permissions=["moderate_members"])
    assert "cannot be suspended" in await told(await other.press(open_card, "Suspend …"))
    (review,) = await chat.studio.reviews.waiting(chat.guild.id)
    elsewhere = chat.discord.guild()
    assert await chat.studio.reviews.waiting(elsewhere.id) == []
    assert review.is_open
