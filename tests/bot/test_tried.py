"""`/policy test`: what it says is what a job is told."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.bot.commands.test_policy import adults_channel, answer
from tests.bot.conftest import Chat
from tests.bot.test_attachments import SEA, upload

PORTRAIT = Path(__file__).parents[1] / "moderation" / "portrait.jpg"


async def test_what_a_policy_would_say_can_be_tried(chat: Chat) -> None:
    said = await answer(chat.moderator, chat.channel, "test", prompt="a gory battlefield")
    assert "The prompt: **posted behind a spoiler**" in said
    assert "rule `gore`" in said
    said = await answer(chat.moderator, chat.channel, "test", prompt="a red circle", picture=upload(SEA))
    assert "The prompt: **allowed**." in said
    assert "The picture: **allowed**." in said
    assert "Please give a `prompt`" in await answer(chat.moderator, chat.channel, "test")


async def test_what_a_policy_refuses_whatever_the_words_mean_is_said(chat: Chat) -> None:
    painters = chat.guild.role("painters")
    wanted = {"preset": "sfw", "attachments": False, "add_ons": False}
    await answer(chat.moderator, chat.channel, "set", **wanted)
    said = await answer(
        chat.moderator, chat.channel, "test", prompt="a cat <lora:foo:1>", picture=upload(SEA)
    )
    assert said.splitlines() == [
        "The prompt: **refused**.",
        "- This channel's policy allows no LoRAs and no embeddings. Please leave out foo.",
        "The picture: **refused**.",
        "- This channel's policy takes no pictures from members. Please ask for one in words.",
    ]
    await answer(chat.moderator, chat.channel, "set", role=painters)
    said = await answer(chat.moderator, chat.channel, "test", prompt="a cat")
    assert f"Here only members with <@&{painters.id}>" in said


async def test_words_are_tried_beside_who_is_in_the_picture(chat: Chat) -> None:
    adults = await adults_channel(chat)
    await answer(chat.moderator, adults, "set", preset="nsfw")
    prompt = "topless at the beach"
    assert "**allowed**" in await answer(chat.moderator, adults, "test", prompt=prompt)
    with Image.open(PORTRAIT) as portrait:
        said = await answer(chat.moderator, adults, "test", prompt=prompt, picture=upload(portrait))
    assert said.startswith("The prompt: **refused**.")
    assert "rule `real people`" in said
    red = upload(Image.new("RGB", (256, 256), "red"))
    assert "**refused**" not in await answer(chat.moderator, adults, "test", prompt=prompt, picture=red)
