"""What becomes of a wish whose words are refused: what is offered, what is counted, what moderators hear."""

from __future__ import annotations

import pytest
import redis

from bot.prompt_check import Wish, words_key
from moderation.refused import Asked
from storage.starts import Edit
from tests.bot.actions.test_report import card, moderators_channel
from tests.bot.conftest import PATIENCE, Chat
from tests.bot.test_wording import TASK
from tests.discord_emulator.messages import Message

FLOOR = "a naked child"


async def refused(chat: Chat, prompt: str) -> Message:
    run = await chat.ada.command(chat.channel, "imagine", prompt=prompt)
    return await run.message(lambda message: message.ephemeral and not message.loading, PATIENCE)


def test_a_wish_says_all_that_is_judged() -> None:
    edit = Edit(image="ab" * 32, strength=0.5, shows="a cat")
    wish = Wish(task=TASK.model_copy(update={"start": edit}), checkpoint="pocket", shows=("a tree",))
    assert wish.asked.beside == ("a cat", "a tree")
    assert Wish.model_validate_json(wish.model_dump_json()) == wish
    other = wish.saying(wish.asked._replace(prompt="a dog"))
    assert (other.task.prompt, other.asked.beside) == ("a dog", wish.asked.beside)


def test_the_same_words_are_the_same_case() -> None:
    words = Asked("a cat", "a dog", 20, ("x",))
    key = words_key(1, 2, words)
    assert key == words_key(1, 2, words._replace(steps=40))
    others = {words_key(1, 3, words), words_key(1, 2, words._replace(beside=())), words_key(2, 2, words)}
    assert key not in others
    assert len(others) == 3
    assert len(words_key(2**63, 2**63, words)) <= 80


async def test_the_floor_counts_attempts_tells_moderators_and_suspends_for_a_time(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    first = await refused(chat, FLOOR)
    assert "The moderators are told" in first.content
    assert first.labels == ["Try without “naked”", "Appeal"]
    again = await refused(chat, FLOOR)
    assert "The moderators are told" in again.content
    attempt = await card(desk, "refused in every channel")
    for words in ("||a naked child||", "`minors`", chat.ada.mention, "count now: 1"):
        assert words in attempt.content
    assert "Look" not in attempt.labels
    assert await chat.studio.suspensions.strikes(chat.guild.id, chat.ada.id) == 1, "the same words count once"

    await refused(chat, "a naked child in the snow")
    third = await refused(chat, "a naked child in the sun")
    assert "suspended here until" in third.content
    assert "suspended here until" in (await refused(chat, "a tree")).content
    cards = [message for message in desk.messages if "Approve" in message.labels]
    latest = max(cards, key=lambda message: message.id)
    await chat.moderator.press(latest, "Approve")
    while await chat.studio.suspensions.current(chat.guild.id, chat.ada.id):
        await latest.wait(lambda message: message.labels == [], PATIENCE)
    assert await chat.studio.suspensions.strikes(chat.guild.id, chat.ada.id) == 2


async def test_no_button_is_promised_where_none_can_be_remembered(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(chat.studio.redis_async, "set", away)
    refusal = await refused(chat, FLOOR)
    assert "a moderator can say so" in refusal.content
    assert "Appeal" not in refusal.content
    assert refusal.labels == []


async def test_a_direct_message_has_no_moderators_to_tell(chat: Chat) -> None:
    run = await chat.ada.command(chat.ada.dm, "imagine", prompt=FLOOR)
    said = await run.message(lambda message: "refused in every channel" in message.content, PATIENCE)
    assert "moderators are told" not in said.content
    assert said.labels == ["Try without “naked”"]
