"""LoRAs and embeddings in prompts, from chat."""

from __future__ import annotations

import pytest

from storage.add_ons import add_ons_for
from tests.bot.conftest import PATIENCE, Chat, eventually, only_record

MISSING = [
    ("a tree <lora:ink:1>", "There is no LoRA called ink"),
    ("a <cat-toy>", "There is no embedding called cat-toy"),
]


@pytest.mark.parametrize(("prompt", "said"), MISSING)
async def test_what_no_worker_has_is_refused_in_private_before_it_is_queued(
    chat: Chat, prompt: str, said: str
) -> None:
    await eventually(lambda: add_ons_for(chat.studio.redis, "pocket"))
    run = await chat.ada.command(chat.channel, "imagine", prompt=prompt)
    answer = await run.message()
    assert said in answer.content
    assert answer.ephemeral
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


@pytest.mark.parametrize(("prompt", "said"), MISSING)
async def test_what_a_worker_does_not_have_after_all_costs_nothing_and_is_said(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, prompt: str, said: str
) -> None:
    monkeypatch.setattr("bot.add_ons.add_ons_for", lambda *_: None)  # as a farm of older workers tells it
    run = await chat.ada.command(chat.channel, "imagine", prompt=prompt)
    asked = await run.message()
    await asked.wait(lambda message: said in message.content, PATIENCE)
    assert "It cost you nothing" in asked.content
    assert (await only_record(chat)).credits == 0


async def test_what_a_worker_has_is_taken(chat: Chat) -> None:
    posted = await chat.imagine("a tree <lora:pocket-sketch:0.8>", count=1, quality="draft")
    assert posted.attachments
