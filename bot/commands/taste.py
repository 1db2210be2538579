"""`/taste`: what the best of several are chosen by, beside the words: what a member chose before."""

from __future__ import annotations

import asyncio
import io

import discord
from discord import app_commands

from bot.channels import policy_of
from bot.contact_sheet import contact_sheet
from bot.language import Language, private
from bot.named_job import find_record
from bot.pictures import alt_text, reviewed
from bot.promises import promise
from bot.studio import Interaction
from bot.taste import learns_from, taste_of
from moderation.told import Told
from storage.blobs import BlobMissing
from storage.clip_vector import ClipVector
from storage.records.defaults import Defaults
from storage.records.taste import Chosen
from tasks.taste import FEWEST_CHOICES, MOST_CHOICES

_SHOWN = 8
_TRIED = 24

taste = app_commands.Group(
    name="taste", description="What best_of learned from the pictures that you chose", guild_only=True
)


@taste.command()
async def show(interaction: Interaction) -> None:
    """See what was learned from your choices, with pictures."""
    await promise(interaction, ephemeral=True)
    studio, language, member = interaction.client.studio, private(interaction), interaction.user.id
    count, is_on = await studio.taste.count(member), await learns_from(studio, member)
    lines = [language.of(_said(count, is_on=is_on))]
    liked = await taste_of(studio, member, interaction.guild_id) if is_on else None
    files: list[discord.File] = []
    if liked is not None:
        chosen = [each for each in await studio.taste.of_member(member, MOST_CHOICES) if each.liked]
        if pngs := await _seen(interaction, best_liked(chosen, liked)[:_TRIED]):
            lines.append(language.of(_BEST))
            files.append(await asyncio.to_thread(_sheet, language, pngs))
    lines.append(f"-# {language.of(_HOW)}")
    await interaction.edit_original_response(content="\n".join(lines), attachments=files)


@taste.command(name="on")
async def switch_on(interaction: Interaction) -> None:
    """Let your choices be learned from; what was learned before counts again."""
    await _switch(interaction, on=True)
    await interaction.response.send_message(private(interaction).of(_ON), ephemeral=True)


@taste.command(name="off")
async def switch_off(interaction: Interaction) -> None:
    """Learn nothing from your choices, and rank as if you had made none."""
    await _switch(interaction, on=False)
    await interaction.client.studio.taste.keep_from_servers(interaction.user.id)
    await interaction.response.send_message(private(interaction).of(_OFF), ephemeral=True)


@taste.command()
async def reset(interaction: Interaction) -> None:
    """Forget all that you chose, and what this server learned from it."""
    await interaction.client.studio.taste.forget(interaction.user.id)
    await interaction.response.send_message(private(interaction).of(_RESET), ephemeral=True)


async def _switch(interaction: Interaction, *, on: bool) -> None:
    defaults, member = interaction.client.studio.defaults, interaction.user.id
    await defaults.set(member, Defaults(taste=on).over(await defaults.of(member)))


def best_liked(chosen: list[Chosen], liked: ClipVector) -> list[Chosen]:
    """Sort what was chosen by how much it is liked, the best first; what another CLIP saw is left out."""

    def of(each: Chosen) -> float | None:
        look = each.looks[each.index] if each.index < len(each.looks) else None
        return float(look.vector @ liked.vector) if look and look.clip == liked.clip else None

    scored = [(score, each) for each in chosen if (score := of(each)) is not None]
    return [each for _, each in sorted(scored, key=lambda pair: pair[0], reverse=True)]


async def _seen(interaction: Interaction, chosen: list[Chosen]) -> list[bytes]:
    """Give the pictures that are still there and may be seen here, a few."""
    policy, found = (
        await policy_of(interaction.client.studio, interaction.channel, interaction.user.id),
        list[bytes](),
    )
    for each in chosen:
        record = await find_record(interaction, each.job_id)
        if record is None or len(found) == _SHOWN:
            continue
        try:
            pictures = await reviewed(interaction.client.studio, record, policy, [each.index])
        except BlobMissing:
            continue
        found += [] if pictures.veiled else pictures.files
    return found


def _sheet(language: Language, pngs: list[bytes]) -> discord.File:
    shows = alt_text(language.say("Pictures that you chose, the one that you like most first"))
    return discord.File(io.BytesIO(contact_sheet(pngs, None)), filename="taste.png", description=shows)


def _said(count: int, *, is_on: bool) -> Told:
    if not is_on:
        return Told("Taste is off: nothing is learned, and `best_of` ranks as if you had chosen nothing.")
    if count < FEWEST_CHOICES:
        return Told(
            "You have chosen or rated {count} {count:time|times} so far; from {least} on `best_of` follows "
            "your taste, and until then that of this server, if it has one.",
            count=count,
            least=FEWEST_CHOICES,
        )
    return Told(
        "Taste is on: `best_of` follows what you chose and rated, {count} {count:time|times} so far.",
        count=count,
    )


_BEST = Told("Of what you chose, this is what you seem to like most:")
_HOW = Told(
    "I learn when you press U, V, Finish, Detail or a size under one of several pictures, when you delete "
    "one or mark one that stands alone with ❤️, ⭐, 👍 or 👎, and when you give words different numbers of "
    "stars (`/embeddings rate`). `/taste off` stops that, `/taste reset` forgets it."
)
_ON = Told("Taste is on: your choices are learned from, and `best_of` follows them.")
_OFF = Told("Taste is off. What you chose and rated is kept, but not used; `/taste reset` forgets it.")
_RESET = Told("All that you chose is forgotten, and taste learns no more from your ratings.")
