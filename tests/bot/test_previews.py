"""Previews of embeddings that not everybody in a server may see."""

from __future__ import annotations

import pytest
from PIL import Image

from bot.previews import refuse_unfit
from bot.refusals import Refusal
from moderation.gallery import NOBODY, Gallery, learn
from storage.bundle import pack, server_key, unpack
from storage.records.embeddings import Preview
from tests.bot.commands.test_gallery import answer, mira
from tests.bot.conftest import Chat
from tests.bot.test_attachments import SEA, upload
from tests.bot.test_bundles import answered
from tests.bot.test_embeddings import added
from tests.discord_emulator.filling import Upload
from tests.storage.intake.files import written


async def test_nobody_known_is_shown_with_a_published_word(chat: Chat) -> None:
    boss = chat.guild.member("boss", permissions=["manage_guild", "manage_messages"])
    await answer(chat, boss, "learn", name="Mira", picture=upload(mira(1)), second=upload(mira(2)))
    sea = Preview(blob=await chat.studio.blobs.aput(written(SEA)), alt="a sea")
    word = await added(chat, "zorbo", chat.ben, previews=(sea,))

    async def publish(preview: Image.Image) -> str:
        said = {"licence": "CC0-1.0", "about": "somebody", "share": True, "preview": upload(preview)}
        return (await answered(chat.ben, chat.channel, "publish", name="zorbo", **said)).content

    assert "The preview seems to show Mira" in await publish(mira(3))
    kept = await chat.studio.embeddings.get(word.id)
    assert kept is not None
    assert kept.previews == (sea,)
    assert "Everybody here can write `<zorbo>`" in await publish(SEA)

    exported = await answered(boss, chat.channel, "export", name="zorbo")
    bundle = unpack(exported.attachments[0].content)
    altered = bundle.model_copy(update={"previews": (written(mira(4)), *bundle.previews[1:])})
    packed = Upload("zorbo.zip", pack(altered, server_key(chat.settings.home)))
    refused = await answered(boss, chat.channel, "import", file=packed, name="zorbi")
    assert "The preview seems to show Mira" in refused.content
    assert await chat.studio.embeddings.named(chat.guild.id, "zorbi") is None


async def test_a_preview_says_why_it_is_refused(chat: Chat) -> None:
    reviewer, gallery = chat.studio.reviewer, Gallery([learn("Mira *", mira(1), "pocket")])
    await refuse_unfit(reviewer, written(mira(3)), "somebody", "pocket", NOBODY)
    with pytest.raises(Refusal, match=r"seems to show Mira \\\*,"):
        await refuse_unfit(reviewer, written(mira(3)), "somebody", "pocket", gallery)
    reviewer_without = type(reviewer)(None)
    with pytest.raises(Refusal, match=r"not everybody may\. No detector could be loaded"):
        await refuse_unfit(reviewer_without, written(SEA), "a sea", "pocket", NOBODY)
