"""`/gallery`: whose faces are known in this server, whether named or not; what is kept are numbers."""

from __future__ import annotations

import asyncio
import io

import discord
from discord import app_commands
from PIL import Image

from bot.attachments import cleaned
from bot.language import private
from bot.moderators import in_server
from bot.promises import promise
from bot.refusals import Refusal
from bot.studio import Interaction
from bot.wording import MESSAGE_LIMIT, escape
from moderation.gallery import NAME_LIMIT, Learned
from moderation.gallery import learn as learned_from
from moderation.rules.names import as_listed
from moderation.told import Told

gallery = app_commands.Group(
    name="gallery",
    description="Whose faces are known in this server",
    guild_only=True,
    default_permissions=discord.Permissions(manage_guild=True),
)


@gallery.command()
@app_commands.describe(
    name="Whose face it is",
    picture="A picture in which it is the only face",
    second="Another one: the more, the surer",
    third="Another one",
)
async def learn(
    interaction: Interaction,
    name: app_commands.Range[str, 1, NAME_LIMIT],
    picture: discord.Attachment,
    second: discord.Attachment | None = None,
    third: discord.Attachment | None = None,
) -> None:
    """Learn a face: pictures in which it comes out are judged as its name is."""
    _refuse_members(interaction)
    studio, language = interaction.client.studio, private(interaction)
    await promise(interaction, ephemeral=True)
    files = [await cleaned(studio, each) for each in (picture, second, third) if each is not None]
    learned = await asyncio.to_thread(lambda: [_learned(name, png) for png in files])
    await studio.gallery.learn(interaction.guild_id, learned, interaction.user.id)
    said = language.say("{name} is known in this server from now on.", name=escape(learned[0].name))
    await interaction.followup.send(said, ephemeral=True)


@gallery.command(name="list")
async def listing(interaction: Interaction) -> None:
    """See whose faces are known in this server, and from how many pictures."""
    _refuse_members(interaction)
    names = await interaction.client.studio.gallery.names(interaction.guild_id)
    lines = [f"- {escape(name)}: {count}" for name, count in names.items()]
    while len("\n".join(lines)) > MESSAGE_LIMIT:
        lines.pop()
    said = "\n".join(lines) or private(interaction).say("Nobody's face is known in this server yet.")
    await interaction.response.send_message(said, ephemeral=True)


@gallery.command()
@app_commands.describe(name="Whom to forget, as the list has it")
async def forget(interaction: Interaction, name: app_commands.Range[str, 1, NAME_LIMIT]) -> None:
    """Forget a face, with all that was learned of it."""
    _refuse_members(interaction)
    studio, by = interaction.client.studio, interaction.user.id
    if not await studio.gallery.forget(interaction.guild_id, as_listed(" ".join(name.split())), by):
        raise Refusal(Told("Nobody of that name is known here. `/gallery list` has the names."))
    said = private(interaction).say("{name} is forgotten.", name=escape(name))
    await interaction.response.send_message(said, ephemeral=True)


def _learned(name: str, png: bytes) -> Learned:
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        return learned_from(as_listed(name), image)


def _refuse_members(interaction: Interaction) -> None:
    """Raise Refusal for members who may not manage the server: what is known there holds in all of it."""
    if not in_server(interaction).manage_guild:
        raise Refusal(Told("Only members who may manage the server can say whose faces are known in it."))
