"""Appeal: a second judge at once, and a person where it cannot tell."""

from __future__ import annotations

import pytest

from moderation.policy import Policy
from moderation.verdict import Action
from tests.bot.actions.test_report import card, heard, moderators_channel, told
from tests.bot.conftest import PATIENCE, Chat, eventually, is_result
from tests.discord_emulator.channels import Channel
from tests.discord_emulator.messages import Message
from tests.moderation.support import take_creamier_for_sexual

CREAMIER = "a creamier soup on a kitchen table"
QUICK = {"count": 1, "quality": "draft"}


@pytest.fixture(autouse=True)
def _mistaken(monkeypatch: pytest.MonkeyPatch) -> None:
    take_creamier_for_sexual(monkeypatch)


async def refused(chat: Chat, prompt: str, channel: Channel | None = None) -> Message:
    run = await chat.ada.command(channel or chat.channel, "imagine", prompt=prompt, **QUICK)
    return await run.message(lambda message: message.ephemeral and not message.loading, PATIENCE)


async def test_what_a_second_judge_clears_is_drawn_at_once_and_from_then_on(chat: Chat) -> None:
    refusal = await refused(chat, CREAMIER)
    posted = await (await chat.ada.press(refusal, "Appeal")).message(is_result, PATIENCE)
    assert CREAMIER in posted.content
    again = await chat.ada.command(chat.channel, "imagine", prompt=CREAMIER, **QUICK)
    await again.message(is_result, PATIENCE)
    for_another = await chat.ben.command(chat.channel, "imagine", prompt=CREAMIER, **QUICK)
    assert "reads like nudity" in await told(for_another)
    assert "`cleared`" in await told(await chat.moderator.command(chat.channel, "mod log"))


async def test_the_rest_goes_to_a_person_whose_word_counts(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    prompt = "a portrait of tom hanks, over the sea"
    said = await told(await chat.ada.press(await refused(chat, prompt), "Appeal"))
    assert "a moderator will" in said
    open_card = await card(desk, "asks you to read words")
    assert "tom hanks" in open_card.content
    listed = await (await chat.moderator.command(desk, "mod appeals")).message(within=PATIENCE)
    assert "asks you to read words" in listed.content
    await chat.moderator.press(open_card, "Approve")
    assert f"refused in <#{chat.channel.id}>" in (await heard(chat.ada, "you may have them drawn")).content
    drawn = await chat.ada.command(chat.channel, "imagine", prompt=prompt, **QUICK)
    assert prompt in (await drawn.message(is_result, PATIENCE)).content


async def test_what_a_person_approved_clears_what_they_were_shown_and_nothing_else(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    stricter = Policy(names_added=("Orla Vanterpool",), gore=Action.BLOCK)
    other = chat.guild.channel("other")
    await chat.studio.policies.set(chat.guild.id, other.id, stricter, chat.moderator.id)
    await eventually(lambda: chat.client.get_channel(other.id))
    prompt = "tom hanks and orla vanterpool on a gory battlefield"
    await chat.ada.press(await refused(chat, prompt), "Appeal")
    first = await card(desk, "asks you to read words")
    assert "orla vanterpool|" not in first.content.replace(prompt, "").lower()
    await chat.moderator.press(first, "Approve")
    await heard(chat.ada, "you may have them drawn")

    refusal = await refused(chat, prompt, other)
    assert "“gory”" in refusal.content
    assert "a moderator will" in await told(await chat.ada.press(refusal, "Appeal"))
    second = await desk.wait_message(lambda each: each.id != first.id and "Approve" in each.labels, PATIENCE)
    assert "Refused: ||gory, orla vanterpool||" in second.content
    await chat.moderator.press(second, "Approve")
    await second.wait(lambda message: message.labels == [], PATIENCE)
    drawn = await chat.ada.press(refusal, "Appeal")
    assert prompt in (await drawn.message(is_result, PATIENCE)).content


async def test_what_the_floor_refused_is_never_cleared_by_a_judge_alone(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    refusal = await refused(chat, "a creamier soup, a naked child")
    assert "a moderator will" in await told(await chat.ada.press(refusal, "Appeal"))
    open_card = await card(desk, "asks you to read words")
    await chat.moderator.press(open_card, "Reject")
    await heard(chat.ada, "they stay refused")
    assert "stay refused" in await told(await chat.ada.press(refusal, "Appeal"))
    assert await chat.studio.suspensions.strikes(chat.guild.id, chat.ada.id) == 1
