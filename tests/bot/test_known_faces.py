"""Known faces in pictures that a word shall be trained from."""

from __future__ import annotations

import pytest

from storage.records.consents import Consent
from tests.bot.commands.test_gallery import answer, mira
from tests.bot.commands.test_train import attached, is_captioned
from tests.bot.conftest import PATIENCE, Chat
from tests.bot.test_attachments import upload


@pytest.mark.slow
async def test_no_word_is_trained_of_somebody_known_who_did_not_consent(chat: Chat) -> None:
    boss = chat.guild.member("boss", permissions=["manage_guild"])
    await answer(chat, boss, "learn", name="Mira", picture=upload(mira(1)), second=upload(mira(2)))
    pictures = attached([mira(3), mira(4), mira(5)])
    run = await chat.ada.command(chat.channel, "train", word="zorp", kind="character", **pictures)
    told = await run.message(lambda message: not message.loading, within=PATIENCE)
    assert told.ephemeral
    assert "seems to show Mira" in told.content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []

    consent = Consent(chat.guild.id, chat.ada.id, "Mira")
    await chat.studio.consents.give(consent, chat.moderator.id, "1")
    run = await chat.ada.command(chat.channel, "train", word="zorp", kind="character", **pictures)
    await run.message(is_captioned, within=PATIENCE)
