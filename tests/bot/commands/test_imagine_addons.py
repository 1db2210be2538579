"""LoRAs and embeddings in prompts, from chat."""

from __future__ import annotations

import pytest

from tests.bot.conftest import PATIENCE, Chat, only_record


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a tree <lora:ink:1>", "There is no LoRA called ink"),
        ("a <cat-toy>", "There is no embedding called cat-toy"),
    ],
)
async def test_what_is_not_there_costs_nothing_and_is_said(chat: Chat, prompt: str, said: str) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt=prompt)
    asked = await run.message()
    await asked.wait(lambda message: said in message.content, PATIENCE)
    assert "It cost you nothing" in asked.content
    assert (await only_record(chat)).credits == 0
