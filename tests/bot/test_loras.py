"""LoRAs in prompts, from chat."""

from __future__ import annotations

from tests.bot.conftest import PATIENCE, Chat, only_record


async def test_a_lora_that_is_not_there_costs_nothing_and_says_so(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree <lora:ink:1>")
    asked = await run.message()
    await asked.wait(lambda message: "There is no LoRA called ink" in message.content, PATIENCE)
    assert "It cost you nothing" in asked.content
    assert (await only_record(chat)).credits == 0
