"""`/mod`: what waits for moderators, what they did, and who may not ask for pictures for a time."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord import app_commands

from bot.actions.decide import LONGEST
from bot.cards import Card, card_of, title_of
from bot.channels import missing_permissions
from bot.language import Language, private
from bot.moderators import (
    in_server,
    may_decide,
    refuse_all_but_moderators,
    refuse_protected,
    refuse_without_cases,
)
from bot.policies import place_words
from bot.promises import promise
from bot.refusals import Refusal
from bot.studio import Interaction
from bot.wording import MESSAGE_LIMIT, escape, fit, message_url
from moderation.told import Told
from storage.records.audit import Line, exported, first_broken
from storage.records.reviews import Kind, Review

_SHOWN = 10
_REASON_LIMIT = 500
_APPEALS = (Kind.APPEAL, Kind.WITHHELD, Kind.SUSPENSION)

mod = app_commands.Group(
    name="mod",
    description="What moderators look at and decide",
    guild_only=True,
    default_permissions=discord.Permissions(manage_messages=True),
)


@mod.command()
async def queue(interaction: Interaction) -> None:
    """See what waits for a decision, the oldest first, and decide it."""
    await _show_waiting(interaction, tuple(Kind))


@mod.command()
async def appeals(interaction: Interaction) -> None:
    """See which members ask you to look again, and decide it."""
    await _show_waiting(interaction, _APPEALS)


@mod.command()
@app_commands.describe(export="Whether to hand over the whole log as a file")
async def log(interaction: Interaction, export: bool = False) -> None:
    """See what moderators and rules did here, and whether the log is whole."""
    server_id = refuse_all_but_moderators(interaction)
    studio, language = interaction.client.studio, private(interaction)
    lines = await studio.audit.whole(server_id)
    broken = await asyncio.to_thread(first_broken, lines)
    said = [_line(language, line) for line in reversed(lines[-_SHOWN:])]
    if not lines:
        state = language.say("Nothing has been recorded here yet.")
    elif broken is None:
        state = language.say(
            "The log is whole: {count} {count:line|lines}, the last one sealed with `{seal}`.",
            count=len(lines),
            seal=lines[-1].hash[:16],
        )
    else:
        state = language.say(
            "**The log was changed**: line {number} is not as it was written. Whoever runs me has to look.",
            number=broken,
        )
    file = discord.utils.MISSING
    if export:
        data = exported(lines).encode()
        file = discord.File(io.BytesIO(data), filename=f"darkroom-audit-{server_id}.jsonl")
    await _tell(interaction, "\n".join((*said, state)), file=file)


@mod.command()
@app_commands.describe(member="Who", days="For how many days", reason="Why: the member reads it")
async def suspend(
    interaction: Interaction,
    member: discord.User,
    days: app_commands.Range[int, 1, LONGEST],
    reason: app_commands.Range[str, 1, _REASON_LIMIT],
) -> None:
    """Let a member ask for nothing in this server for a time."""
    server_id = refuse_all_but_moderators(interaction)
    await refuse_protected(interaction, member.id)
    studio, key = interaction.client.studio, f"command:{interaction.id}"
    ends = datetime.now(UTC) + timedelta(days=days)
    said = " ".join(reason.split())
    given = await studio.suspensions.suspend(key, server_id, member.id, said, interaction.user.id, ends)
    words = private(interaction).say(
        "{member} is suspended until {end}: {reason}",
        member=member.mention,
        end=discord.utils.format_dt(given.ends_at, "f"),
        reason=escape(given.reason),
    )
    await _tell(interaction, words)


@mod.command()
@app_commands.describe(member="Who")
async def unsuspend(interaction: Interaction, member: discord.User) -> None:
    """End a member's suspension."""
    server_id = refuse_all_but_moderators(interaction)
    language, by = private(interaction), interaction.user.id
    if member.id == by and not in_server(interaction).administrator:
        raise Refusal(Told("This is about yourself, so another moderator has to decide it."))
    if await interaction.client.studio.suspensions.lift(server_id, member.id, by):
        said = language.say("{member} may ask for pictures again.", member=member.mention)
    else:
        said = language.say("{member} is not suspended.", member=member.mention)
    await _tell(interaction, said)


@mod.command()
@app_commands.describe(where="Where I tell moderators what is to be decided; left out, this channel")
async def channel(interaction: Interaction, where: discord.TextChannel | None = None) -> None:
    """Choose the channel in which moderators are told what is to be decided."""
    server_id = refuse_all_but_moderators(interaction)
    if not in_server(interaction).manage_channels:
        raise Refusal(Told("Only moderators who may manage all channels of this server can choose this one."))
    place: Any = where or interaction.channel
    mine = where.permissions_for(where.guild.me) if where else interaction.app_permissions
    if missing_permissions(mine, place):
        raise Refusal(
            Told(
                "I may not write there. Please give me View Channel, Send Messages and Attach Files in "
                "{channel}.",
                channel=f"<#{place.id}>",
            )
        )
    studio = interaction.client.studio
    await studio.reviews.set_channel(server_id, place.id, interaction.user.id, str(interaction.id))
    studio.reviews_changed.set()
    said = private(interaction).say(
        "Moderators are told in {channel} from now on. Everybody who can read there sees it.",
        channel=f"<#{place.id}>",
    )
    await _tell(interaction, said)


async def _show_waiting(interaction: Interaction, kinds: Collection[Kind]) -> None:
    server_id = refuse_without_cases(interaction)
    studio, language = interaction.client.studio, private(interaction)
    await promise(interaction, ephemeral=True)
    open_cases = await studio.reviews.waiting(server_id, kinds)
    waiting = [each for each in open_cases if await may_decide(interaction, each.case)]
    if not waiting:
        await interaction.followup.send(language.say("Nothing waits for a decision."), ephemeral=True)
        return
    card = await card_of(studio, language, waiting[0])
    above = _others(language, waiting[1:])
    if await studio.reviews.channel(server_id) is None:
        above.append(language.say("-# `/mod channel` has these come to a channel by themselves."))
    await _send(interaction, card, above)


def _others(language: Language, others: Sequence[Review]) -> list[str]:
    lines = []
    for review in others[: _SHOWN - 1]:
        case = review.case
        what = language.of(title_of(case.kind))
        if review.card_message_id is not None and review.card_channel_id is not None:
            what = f"[{what}]({message_url(case.server_id, review.card_channel_id, review.card_message_id)})"
        lines.append(f"- {discord.utils.format_dt(review.opened_at, 'R')}: {what}, <@{case.member_id}>")
    if len(others) >= _SHOWN:
        lines.append(f"- {language.say('and {rest} more', rest=len(others) - _SHOWN + 1)}")
    return lines


async def _send(interaction: Interaction, card: Card, below: Sequence[str]) -> None:
    content = card.content
    for line in below:
        if len(content) + len(line) < MESSAGE_LIMIT:
            content += f"\n{line}"
    await interaction.followup.send(
        content,
        view=card.view or discord.utils.MISSING,
        file=card.file or discord.utils.MISSING,
        ephemeral=True,
        suppress_embeds=True,
    )


def _line(language: Language, line: Line) -> str:
    who = f"<@{line.actor_id}>" if line.actor_id else language.say("the rules")
    about, place = line.about.get("member"), line.about.get("place")
    whom = f" <@{about}>" if about else ""
    if place:
        whom += f" {language.of(place_words(int(place), line.server_id))}"
    when = discord.utils.format_dt(line.at, "R")
    return f"{line.number}. {when}: {who} `{line.what}`{whom}"


async def _tell(interaction: Interaction, said: str, file: Any = discord.utils.MISSING) -> None:
    await interaction.response.send_message(
        fit(said),
        file=file,
        ephemeral=True,
        allowed_mentions=discord.AllowedMentions.none(),
    )
