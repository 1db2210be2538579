"""`/gallery`: who may say whose faces are known; and a known face is not shown though nobody named it."""

from __future__ import annotations

import pytest
from PIL import Image

from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene
from tests.bot.conftest import PATIENCE, Chat
from tests.bot.test_attachments import upload
from tests.bot.test_consents import consent
from tests.bot.test_review import forged
from tests.discord_emulator.filling import ClientRefusal
from tests.discord_emulator.people import Member


def mira(seed: int) -> Image.Image:
    """Mira Fandango, whom everybody in the pocket world knows."""
    figure = Figure("mira fandango", "red", "standing", "centre", "big")
    return Image.fromarray(draw(Scene("meadow", (), (figure,), portrait=True), seed).pixels)


async def answer(chat: Chat, member: Member, command: str, **options: object) -> str:
    """What a member alone is told."""
    run = await member.command(chat.channel, f"gallery {command}", **options)
    message = await run.message(lambda message: bool(message.content), PATIENCE)
    assert message.ephemeral
    return message.content


async def test_members_change_and_read_nothing(chat: Chat) -> None:
    with pytest.raises(ClientRefusal, match="does not see the command"):
        await answer(chat, chat.ada, "list")


async def test_a_face_is_learned_and_then_not_shown_until_it_is_forgotten(chat: Chat) -> None:
    boss = chat.guild.member("boss", permissions=["manage_guild"])
    assert "Nobody's face is known" in await answer(chat, boss, "list")
    green = upload(Image.new("RGB", (64, 64), "green"))
    assert "I see no face" in await answer(chat, boss, "learn", name="Mira", picture=green)
    learned = await answer(chat, boss, "learn", name="Mira", picture=upload(mira(1)), second=upload(mira(2)))
    assert learned == "Mira is known in this server from now on."
    assert await answer(chat, boss, "list") == "- Mira: 2"
    run = await forged(chat, mira(3))
    said = await run.message(lambda message: "kept back" in message.content, PATIENCE)
    assert said.attachments == []
    assert "has to know that you are Mira" in await consent(chat, chat.ada, name="mira")
    assert await answer(chat, boss, "forget", name="MIRA") == "MIRA is forgotten."
    assert "Nobody of that name" in await answer(chat, boss, "forget", name="Mira")
