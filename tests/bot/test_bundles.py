"""From one server to another: all of a bundle is cleaned and judged, and its author keeps their rights."""

from __future__ import annotations

from typing import Any

import pytest
from safetensors.numpy import save

from storage.bundle import pack, server_key, unpack
from storage.records.embeddings import EmbeddingState, Preview
from tests.bot.conftest import PATIENCE, Chat
from tests.bot.test_attachments import SEA
from tests.bot.test_embeddings import added
from tests.discord_emulator.channels import Channel
from tests.discord_emulator.filling import Upload
from tests.discord_emulator.messages import Message
from tests.discord_emulator.people import Member
from tests.storage.intake.files import written
from tests.storage.intake.test_lora import matrices


async def answered(member: Member, channel: Channel, command: str, **options: Any) -> Message:
    run = await member.command(channel, f"embeddings {command}", **options)
    return await run.message(within=PATIENCE)


@pytest.mark.slow
async def test_a_word_moves_to_another_server_with_its_authors_consent(chat: Chat) -> None:
    preview = Preview(blob=await chat.studio.blobs.aput(written(SEA)), alt="a round thing", brought=True)
    word = await added(chat, "zorbo", chat.ben, previews=(preview,), recipe={"steps": 9})
    assert "Only moderators" in (await answered(chat.ada, chat.channel, "export", name="zorbo")).content
    refused = await answered(chat.moderator, chat.channel, "export", name="zorbo")
    assert "The author of zorbo has not agreed" in refused.content
    await chat.studio.embeddings.publish(word.id, licence="CC-BY-4.0", shared=True, about="Round")
    exported = await answered(chat.moderator, chat.channel, "export", name="zorbo")
    (file,) = exported.attachments
    assert file.filename == "zorbo.darkroom.zip"

    elsewhere = chat.discord.guild()
    channel = elsewhere.channel("pictures")
    boss = elsewhere.member("boss", permissions=["manage_messages"])
    upload = Upload("zorbo.zip", file.content)
    assert (
        "Only moderators" in (await answered(elsewhere.member("cy"), channel, "import", file=upload)).content
    )
    said = (await answered(boss, channel, "import", file=upload)).content
    assert "It is by ben, and signed by the server with the key" in said
    found = await chat.studio.embeddings.named(elsewhere.id, "zorbo")
    assert found is not None
    assert (found.file, found.owner_id, found.licence, found.recipe) == (
        word.file,
        chat.ben.id,
        "CC-BY-4.0",
        {"steps": 9},
    )
    assert [(each.alt, each.brought) for each in found.previews] == [("a round thing", True)]
    assert (found.state, found.signed_by) == (EmbeddingState.PUBLISHED, unpack(file.content).signed_by)
    again = (await answered(boss, channel, "import", file=upload)).content
    assert "has an embedding called zorbo already" in again

    bundle, key = unpack(file.content), server_key(chat.settings.home)
    for changes, said in (
        ({"manifest": bundle.manifest.model_copy(update={"name": "../up"})}, "is no name for an embedding"),
        ({"manifest": bundle.manifest.model_copy(update={"about": "a naked woman"})}, "is not allowed here"),
        ({"file": b"not an embedding"}, "no embedding"),
    ):
        bad = pack(bundle.model_copy(update=changes), key)
        assert said in (await answered(boss, channel, "import", file=Upload("x.zip", bad))).content
    broken = file.content.replace(b'"author":"ben"', b'"author":"bob"')
    said = (await answered(boss, channel, "import", file=Upload("x.zip", broken))).content
    assert said, "an archive whose sums are wrong is damaged"
    assert len(await chat.studio.embeddings.usable(elsewhere.id, 0)) == 1
    logged = [(line.actor_id, line.what) for line in await chat.studio.audit.whole(elsewhere.id)]
    assert logged == [(boss.id, "imported")]


async def test_so_does_a_lora_to_checkpoints_of_its_family(chat: Chat) -> None:
    recipe, file = {"weights": "lora"}, await chat.studio.blobs.aput(save(matrices()))
    await added(chat, "zorbink", chat.ben, recipe=recipe, file=file, vectors=4, shared=True)
    exported = await answered(chat.moderator, chat.channel, "export", name="zorbink")
    bundle = unpack(exported.attachments[0].content)
    elsewhere = chat.discord.guild()
    channel = elsewhere.channel("pictures")
    boss = elsewhere.member("boss", permissions=["manage_messages"])

    async def brought(**changes: Any) -> str:
        manifest = bundle.manifest.model_copy(update=changes)
        data = pack(bundle.model_copy(update={"manifest": manifest}), server_key(chat.settings.home))
        return (await answered(boss, channel, "import", file=Upload("x.zip", data))).content

    assert "for checkpoints such as pocket, and there is none" in await brought(widths=(768,))
    assert "is a LoRA and no embedding" in await brought(recipe={})
    assert "can write `<lora:zorbink:0.8>` into a prompt now" in await brought()
    found = await chat.studio.embeddings.named(elsewhere.id, "zorbink")
    assert found is not None
    assert (found.is_lora, found.vectors, found.owner_id) == (True, 4, chat.ben.id)
    assert found.signed_by == bundle.signed_by
