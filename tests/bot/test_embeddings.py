"""Embeddings of a server in prompts: whoever may use them draws with them, on every worker."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save

from storage.recipe import sampled
from storage.records.embeddings import EmbeddingRecord, EmbeddingState, NewEmbedding
from tests.bot.conftest import PATIENCE, Chat, is_result, opened, recipe_of
from tests.discord_emulator.people import Member
from tests.gpuworker.engine.support import difference


@cache
def red_circle() -> bytes:
    """A file whose word draws what "red circle" draws: the vectors that the tower has for these words."""
    from transformers import CLIPTokenizer

    folder = files("pocket") / "weights" / "pocket"
    tokens = CLIPTokenizer.from_pretrained(str(folder / "tokenizer"))("red circle", add_special_tokens=False)
    tensors = load_file(str(folder / "text_encoder" / "model.safetensors"))
    table = next(tensor for name, tensor in tensors.items() if name.endswith("token_embedding.weight"))
    return save({"emb_params": table[torch.tensor(tokens.input_ids)].float()})


async def added(chat: Chat, name: str, owner: Member, **changes: Any) -> EmbeddingRecord:
    """An embedding of the server that draws a red circle."""
    known = chat.studio.checkpoints.served("pocket")
    assert known.family is not None
    new = NewEmbedding(
        server_id=chat.guild.id,
        name=name,
        owner_id=owner.id,
        author=owner.name,
        family=known.family,
        checkpoint="pocket",
        widths=known.text_widths,
        vectors=2,
        file=await chat.studio.blobs.aput(red_circle()),
        licence="CC0-1.0",
        state=EmbeddingState.PUBLISHED,
    )
    return await chat.studio.embeddings.add(replace(new, **changes))


async def refused(chat: Chat, member: Member, prompt: str) -> str:
    message = await (await member.command(chat.channel, "imagine", prompt=prompt)).message()
    assert message.ephemeral
    return message.content


async def eventually_gone(chat: Chat, blob: str) -> None:
    """Wait until the upkeep has deleted a file that nothing needs any more."""
    async with asyncio.timeout(PATIENCE):
        while await chat.studio.blobs.ahas(blob):
            await asyncio.sleep(0.1)


async def test_a_word_draws_what_it_learned_and_is_counted(chat: Chat) -> None:
    word = await added(chat, "Zorbo", chat.ben)
    learned = await chat.imagine("a zorbo over the sea", count=1, seed=7, quality="draft")
    spoken = await chat.imagine("a red circle over the sea", count=1, seed=7, quality="draft")
    recipe = recipe_of(learned)
    assert recipe.embeddings == {"Zorbo": word.file}
    assert recipe.hashes is not None
    assert recipe.hashes.embeddings == recipe.embeddings
    assert recipe_of(spoken).embeddings == {}
    pictures = [opened(each.attachments[0]) for each in (learned, spoken)]
    assert difference(*pictures) < 4, (
        "a busy processor rounds otherwise, and another word draws something else"
    )
    found = await chat.studio.embeddings.get(word.id)
    assert found is not None
    assert found.uses == 1
    (made,) = await chat.studio.embeddings.made_with(word.id)
    assert (made.channel_id, made.message_id) == (chat.channel.id, learned.id)


async def test_what_is_private_withdrawn_or_of_another_family_is_not_drawn_with(chat: Chat) -> None:
    private = await added(chat, "benbot", chat.ben, state=EmbeddingState.PRIVATE)
    assert "There is no embedding called benbot" in await refused(chat, chat.ada, "a <benbot>")
    wide = await added(chat, "widebot", chat.ada, widths=(768,))
    said = await refused(chat, chat.ada, "a (widebot:1.2)")
    assert "The embedding widebot is for checkpoints of another family than pocket" in said
    await chat.studio.embeddings.publish(private.id, licence="CC0-1.0", shared=False, about="")
    posted = await chat.imagine("a <benbot>", count=1, quality="draft")
    for each in (private, wide):
        await chat.studio.embeddings.withdraw(each.id)
    press = await chat.ada.press(posted, "Reroll")
    said = (await press.message(lambda message: message.ephemeral)).content
    assert "The embedding benbot, which drew this, may not be used here any more" in said
    assert private.file is not None
    await eventually_gone(chat, private.file)
    recipe = sampled((await chat.studio.jobs.of_member(chat.ada.id))[0].pictures[0].recipe)
    assert recipe is not None
    assert recipe.embeddings == {"benbot": private.file}


@pytest.mark.slow
async def test_what_is_withdrawn_while_it_is_drawn_with_is_still_finished(chat: Chat) -> None:
    word = await added(chat, "benbot", chat.ben)
    run = await chat.ada.command(
        chat.channel,
        "imagine",
        prompt="a <benbot> over the sea",
        count=1,
        quality="fine",
        anatomy="off: none",
    )
    await run.message(lambda message: "Cancel" in message.labels, within=PATIENCE)
    withdrawn = await chat.moderator.command(chat.channel, "embeddings withdraw", name="benbot")
    assert "are still finished" in (await withdrawn.message(within=PATIENCE)).content
    posted = await run.message(is_result, within=PATIENCE)
    assert recipe_of(posted).embeddings == {"benbot": word.file}
    assert word.file is not None
    await eventually_gone(chat, word.file)
    said = await refused(chat, chat.ada, "a <benbot>")
    assert "There is no embedding called benbot" in said
