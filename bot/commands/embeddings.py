"""`/embeddings`: the words that members made or brought, in a gallery; published, rated and withdrawn."""

from __future__ import annotations

import asyncio
import io
from pathlib import PurePath
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from bot.actions import embeddings as gallery
from bot.actions.chosen import only_for
from bot.actions.report import said_of_report
from bot.attachments import cleaned, document_of
from bot.bundles import (
    Room,
    add,
    fitting,
    packed,
    refuse_shared_here_alone,
    taken_in,
)
from bot.language import private
from bot.moderators import in_server
from bot.previews import refuse_unfit
from bot.promises import promise
from bot.refusals import PromptRefused, Refusal
from bot.said_embedding import complete_embedding, own_embedding, said_embedding, server_of
from bot.studio import Interaction, Studio
from bot.taste import learns_from
from bot.wording import escape
from moderation.judge import judge_prompt
from moderation.policy import SFW
from moderation.told import Told
from storage.add_ons import add_ons_for
from storage.bundle import is_bundle, unpack
from storage.called import called
from storage.records.embeddings import EmbeddingRecord, NewEmbedding, Preview
from storage.records.reviews import Case, Kind
from tasks.embeddings import LONGEST, MOST_ABOUT, Licence, checked_name

_MOST_REASON = 200
_ENVELOPE = 4096
"""Bytes of the limit of what is sent that the words around a file may take."""
_LICENCES = [Choice(name=licence.value, value=licence.value) for licence in Licence]

embeddings = app_commands.Group(
    name="embeddings",
    description="The words that this server's members made or brought",
    allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
)


@embeddings.command()
async def browse(interaction: Interaction) -> None:
    """Look through the embeddings that you may use here."""
    await _gallery(interaction, "")


@embeddings.command()
@app_commands.describe(words="What their names, authors or descriptions shall contain")
async def search(interaction: Interaction, words: Range[str, 1, gallery.SEARCH_LIMIT]) -> None:
    """Look for embeddings."""
    await _gallery(interaction, words)


@embeddings.command()
@app_commands.describe(name="The embedding")
async def show(interaction: Interaction, name: str) -> None:
    """See one embedding: its pictures, its author, its licence, and what was made with it."""
    await gallery.show(interaction, await said_embedding(interaction, name))


@embeddings.command(name="try")
@app_commands.describe(name="The embedding")
async def try_out(interaction: Interaction, name: str) -> None:
    """Make pictures of an embedding alone."""
    await gallery.try_out(interaction, await said_embedding(interaction, name))


@embeddings.command()
@app_commands.describe(
    name="Your embedding",
    licence="What others may do with it",
    about="What it shows, in a sentence",
    share="Whether moderators may take it to other servers, with your name and licence",
    preview="A picture that was made with it",
)
@app_commands.choices(licence=_LICENCES)
async def publish(
    interaction: Interaction,
    name: str,
    licence: str,
    about: Range[str, 1, MOST_ABOUT],
    share: bool = False,
    preview: discord.Attachment | None = None,
) -> None:
    """Let everybody in this server use an embedding of yours."""
    studio, record = interaction.client.studio, await said_embedding(interaction, name)
    if record.owner_id != interaction.user.id:
        raise Refusal(Told("Only its author can publish {name}.", name=escape(record.name)))
    refuse_shared_here_alone(licence, share)
    await promise(interaction, ephemeral=True)
    await _judge(about)
    if preview is not None:
        png = await cleaned(studio, preview)
        checkpoint = record.checkpoint or studio.settings.default_checkpoint
        known = await studio.gallery.of(interaction.guild_id)
        await refuse_unfit(studio.reviewer, png, about, checkpoint, known)
        shown = Preview(blob=await studio.blobs.aput(png), alt=about, brought=True)
        await studio.embeddings.set_previews(record.id, (shown, *record.drawn))
    if not await studio.embeddings.publish(record.id, licence=licence, shared=share, about=about):
        raise Refusal(Told("This embedding is not there any more: it was withdrawn."))
    await _tell(
        interaction,
        Told(
            "Everybody here can write `{written}` into a prompt now. `/embeddings withdraw` takes it back.",
            written=record.written,
        ),
    )


@embeddings.command()
@app_commands.describe(name="The embedding", stars="One to five")
async def rate(interaction: Interaction, name: str, stars: Range[int, 1, 5]) -> None:
    """Say how good an embedding is."""
    record = await said_embedding(interaction, name)
    if record.owner_id == interaction.user.id:
        raise Refusal(Told("Nobody rates their own embedding."))
    studio, member = interaction.client.studio, interaction.user.id
    await studio.embeddings.rate(record.id, member, stars, teaches=await learns_from(studio, member))
    await _tell(interaction, Told("{name} has {stars} stars from you.", name=record.name, stars=stars))


@embeddings.command()
@app_commands.describe(name="The embedding", reason="What is wrong with it")
async def report(interaction: Interaction, name: str, reason: Range[str, 1, _MOST_REASON]) -> None:
    """Tell the moderators that an embedding should not be here."""
    studio, record = interaction.client.studio, await said_embedding(interaction, name)
    if record.owner_id == interaction.user.id:
        raise Refusal(Told("This embedding is yours: `/embeddings withdraw` takes it back."))
    case = Case(
        key=f"embedding:{record.id}",
        kind=Kind.EMBEDDING,
        server_id=record.server_id,
        member_id=record.owner_id,
        channel_id=interaction.channel_id or 0,
        about={"embedding": record.id, "name": record.name, "prompt": f"{record.name}: {record.about}"},
    )
    review, is_first = await studio.reviews.report(case, interaction.user.id, reason)
    studio.reviews_changed.set()
    await _tell(interaction, said_of_report(review, is_first))


@embeddings.command()
@app_commands.describe(name="The embedding")
async def withdraw(interaction: Interaction, name: str) -> None:
    """Take an embedding back: nobody can use it any more, and its file is deleted."""
    if interaction.guild_id is None:
        record = await own_embedding(interaction, name)
    else:
        record = await said_embedding(interaction, name, moderating=True)
    only_for(interaction, {record.owner_id}, Told("withdraw it"), in_server(interaction))
    await interaction.client.studio.embeddings.withdraw(record.id)
    if record.owner_id != interaction.user.id:
        await _note(interaction, "withdrawn", record)
    await _tell(
        interaction,
        Told(
            "{name} is withdrawn. Pictures that wait or are being drawn with it are still finished; then "
            "its file and the pictures that it was trained from are deleted. Pictures that were posted keep "
            "their recipes.",
            name=record.name,
        ),
    )


@embeddings.command(name="import")
@app_commands.describe(
    file="A safetensors file, a .pt file of A1111's, or another server's bundle",
    name="What to call it; left out, as the file is called",
    author="Who made it; left out, you",
    licence="What others may do with it",
    allow_word="For moderators: let it take the place of a word that prompts use already",
)
@app_commands.choices(licence=_LICENCES)
async def import_file(
    interaction: Interaction,
    file: discord.Attachment,
    licence: str | None = None,
    name: str | None = None,
    author: Range[str, 1, LONGEST] | None = None,
    allow_word: bool = False,
) -> None:
    """Bring an embedding from a file; it is yours alone until you publish it."""
    server, studio = server_of(interaction), interaction.client.studio
    if allow_word:
        _moderators_only(interaction)
    await promise(interaction, ephemeral=True)
    data = await document_of(interaction, file)
    if is_bundle(data):
        await _import_bundle(interaction, data, name, allow_word)
        return
    if licence is None:
        raise Refusal(Told("Please say under which `licence:` others may use it."))
    taken = await studio.cleaner.take_embedding(data)
    await _judge(author or "")
    asked = name or taken.word or PurePath(file.filename).stem
    called_so = await asyncio.to_thread(checked_name, asked, may_shadow=allow_word)
    await refuse_name_of_the_farm(studio, called_so)
    known = fitting(taken.widths, studio.checkpoints.all)
    record = await add(
        studio.embeddings,
        NewEmbedding(
            server_id=server,
            name=called_so,
            owner_id=interaction.user.id,
            author=author or interaction.user.display_name,
            family=known.family or known.name,
            widths=taken.widths,
            vectors=taken.vectors,
            file=await studio.blobs.aput(taken.file),
            licence=licence,
        ),
    )
    await _tell(
        interaction,
        Told(
            "Write `<{name}>` into a prompt. It is yours alone until you say `/embeddings publish`.",
            name=record.name,
        ),
    )


async def _import_bundle(interaction: Interaction, data: bytes, name: str | None, allow_word: bool) -> None:
    """Publish another server's embedding. Raises Refusal unless a moderator asks."""
    _moderators_only(interaction)
    asked = name or unpack(data).manifest.name
    await refuse_name_of_the_farm(interaction.client.studio, asked)
    room, server = _room(interaction), interaction.guild_id or 0
    record = await taken_in(room, data, server, asked, may_shadow=allow_word)
    await _note(interaction, "imported", record)
    await _tell(
        interaction,
        Told(
            "Everybody here can write `{written}` into a prompt now. It is by {author}, and signed by the "
            "server with the key {key}.",
            written=record.written,
            author=escape(record.author),
            key=(record.signed_by or "")[:16],
        ),
    )


@embeddings.command()
@app_commands.describe(name="The embedding")
async def export(interaction: Interaction, name: str) -> None:
    """For moderators: get an embedding as a signed file that another server can import."""
    _moderators_only(interaction)
    record, studio = await said_embedding(interaction, name), interaction.client.studio
    data = await packed(_room(interaction), record, studio.settings.home)
    if len(data) > interaction.filesize_limit - _ENVELOPE:
        raise Refusal(
            Told(
                "The bundle of {name} is larger than what Discord takes here: whoever runs me can write it "
                "with `darkroom embeddings export`.",
                name=escape(record.name),
            )
        )
    file = discord.File(io.BytesIO(data), f"{record.name}.darkroom.zip")
    await _note(interaction, "exported", record)
    await interaction.response.send_message(file=file, ephemeral=True)


async def _note(interaction: Interaction, what: str, record: EmbeddingRecord) -> None:
    """Write into the audit log what a moderator did."""
    about = {"member": str(record.owner_id), "embedding": record.name}
    key, server = f"embedding:{interaction.id}", interaction.guild_id or 0
    await interaction.client.studio.audit.add(key, server, interaction.user.id, what, about)


async def _judge(words: str) -> None:
    """Raise PromptRefused for words that everybody would see and that no prompt may say."""
    verdict = await asyncio.to_thread(judge_prompt, words or "a picture", "", SFW)
    if verdict.blocked:
        raise PromptRefused(*(reason.explanation for reason in verdict.refusing))


async def refuse_name_of_the_farm(studio: Studio, name: str) -> None:
    """Raise Refusal for the name of an embedding that lies on the workers."""
    known = await asyncio.to_thread(add_ons_for, studio.redis, studio.settings.default_checkpoint)
    if known is not None and called(name, known.embeddings) is not None:
        raise Refusal(
            Told(
                "The farm has an embedding called {name} already. Please choose another name.",
                name=escape(name),
            )
        )


def _room(interaction: Interaction) -> Room:
    studio = interaction.client.studio
    return Room(
        studio.embeddings,
        studio.gallery,
        studio.blobs,
        studio.reviewer,
        studio.cleaner,
        studio.checkpoints.all,
    )


async def _gallery(interaction: Interaction, words: str) -> None:
    server_of(interaction)
    await promise(interaction, ephemeral=True)
    layout, files = await gallery.page_of(interaction, words, 0)
    await interaction.followup.send(view=layout, files=files, ephemeral=True)


def _moderators_only(interaction: Interaction) -> None:
    if not in_server(interaction).manage_messages:
        raise Refusal(Told("Only moderators who may manage messages in this server can do that."))


async def _tell(interaction: Interaction, said: Told) -> None:
    words = private(interaction).of(said)
    if interaction.response.is_done():
        await interaction.followup.send(words, ephemeral=True)
    else:
        await interaction.response.send_message(words, ephemeral=True)


_NAMING: tuple[Any, ...] = (show, try_out, publish, rate, report, withdraw, export)
for _command in _NAMING:
    _command.autocomplete("name")(complete_embedding)
