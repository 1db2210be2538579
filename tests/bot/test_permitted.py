"""What a channel's policy lets members use, from chat."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.permitted import refuse_by_policy
from bot.refusals import Refusal
from bot.studio import Studio
from moderation.policy import Policy
from storage.starts import Whole
from tests.bot.conftest import Chat, is_result, only_record
from tests.bot.test_attachments import SEA, upload
from tests.conftest import a_job, imagined
from tests.discord_emulator.filling import Upload

MADE, BROUGHT = "a" * 64, "b" * 64


async def held(chat: Chat, **different: Any) -> int:
    policy = Policy.model_validate({"preset": "sfw", **different})
    return await chat.studio.policies.set(chat.guild.id, chat.channel.id, policy, chat.moderator.id)


async def refused(chat: Chat, **options: Any) -> str:
    """What Ada alone is told."""
    run = await chat.ada.command(chat.channel, "imagine", **{"prompt": "a red circle", **options})
    message = await run.message(lambda message: message.ephemeral)
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
    return message.content


async def test_only_members_with_a_role_may_ask_where_a_policy_names_one(chat: Chat) -> None:
    role = chat.guild.role("painters")
    await held(chat, roles=(role.id,))
    assert f"only members with <@&{role.id}> may ask" in await refused(chat)
    ben = await chat.ben.command(chat.channel, "imagine", prompt="a red circle")
    assert "may ask" in (await ben.message()).content
    chat.ada.roles.append(role)
    assert is_result(await chat.imagine("a red circle", count=1, quality="draft"))


async def test_other_checkpoints_than_the_named_ones_are_refused(chat: Chat) -> None:
    await held(chat, checkpoints=("pocket-2", "sdxl"))
    said = await refused(chat)
    assert "does not allow the checkpoint pocket" in said
    assert "one of pocket-2, sdxl" in said


async def test_add_ons_are_refused_by_name(chat: Chat) -> None:
    await held(chat, add_ons=False)
    said = await refused(chat, prompt="a tree <lora:pocket-sketch:1>", negative="<cat-toy>")
    assert "leave out cat-toy, pocket-sketch" in said


async def test_pictures_of_members_are_not_even_fetched(chat: Chat) -> None:
    await held(chat, attachments=False)
    assert "takes no pictures from members" in await refused(chat, image=upload(SEA))
    run = await chat.ada.command(chat.channel, "describe", image=upload(SEA))
    told = await run.message(lambda message: message.ephemeral)
    assert "takes no pictures from members" in told.content


async def test_nor_is_anything_made_of_them_by_a_button(chat: Chat) -> None:
    posted = await chat.imagine("a blue circle", image=upload(SEA), strength=0.5, count=1, quality="draft")
    await held(chat, attachments=False)
    run = await chat.ada.press(posted, "Reroll")
    told = await run.message(lambda message: message.ephemeral and not message.loading)
    assert "takes no pictures from members" in told.content
    assert len(await chat.studio.jobs.of_member(chat.ada.id)) == 1


async def test_what_was_made_here_of_words_is_no_picture_of_a_member() -> None:
    class Lineage:
        async def roots(self, blobs: tuple[str, ...]) -> set[str]:
            return {blob for blob in blobs if blob == BROUGHT}

    studio = cast(Studio, SimpleNamespace(lineage=Lineage()))
    ada = cast(discord.Member, SimpleNamespace(roles=()))
    task = imagined(a_job())
    for image, taken in ((None, True), (MADE, True), (BROUGHT, False)):
        asked = task.model_copy(update={"start": image and Whole(image=image, strength=0.5)})
        with nullcontext() if taken else pytest.raises(Refusal, match="no pictures from members"):
            await refuse_by_policy(studio, Policy(attachments=False), ada, asked, "pocket")
        await refuse_by_policy(studio, Policy(), ada, asked, "pocket")


async def test_files_that_are_no_pictures_are_taken_all_the_same(chat: Chat) -> None:
    await held(chat, attachments=False)
    hues = Upload("hues.txt", b"red\nblue\n")
    run = await chat.ada.command(chat.channel, "notebook import", file=hues)
    assert "`__hues__`" in (await run.message(lambda message: not message.loading)).content
    word = Upload("zorbo.safetensors", b"\0" * 50)
    run = await chat.ada.command(chat.channel, "embeddings import", file=word, licence="CC0-1.0")
    told = await run.message(lambda message: not message.loading)
    assert "no embedding" in told.content, "it was looked at"


async def test_a_job_says_by_which_change_of_the_policy_it_was_judged(chat: Chat) -> None:
    version = await held(chat)
    await chat.imagine("a red circle", count=1, quality="draft")
    assert (await only_record(chat)).job.policy_version == version > 0


async def test_what_warns_is_posted_behind_a_spoiler(chat: Chat) -> None:
    plain = await chat.imagine("a red circle over the sea", count=1, quality="draft")
    assert not plain.attachments[0].filename.startswith("SPOILER_")
    veiled = await chat.ben.command(
        chat.channel, "imagine", prompt="gory red circle", count=1, quality="draft"
    )
    message = await veiled.message(lambda message: bool(message.attachments) and is_result(message), 60)
    assert message.attachments[0].filename.startswith("SPOILER_darkroom-")
