"""`/credits`: what a member may spend, and on what the last went; moderators grant more."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.credits import payer_of
from bot.language import Language, private
from bot.moderators import in_server
from bot.refusals import Refusal
from bot.studio import Interaction
from moderation.told import Told
from storage.records.ledger import Entry, Kind, Ledger, Payer

SHOWN = 10
MOST_GRANTED = 1_000_000_000
"""What the command takes; `storage.limits.Grants` has what a moderator may."""
_KINDS = {
    Kind.ALLOWANCE: Told("the day's allowance"),
    Kind.GRANT: Told("granted by a moderator"),
    Kind.HOLD: Told("reserved for a job"),
    Kind.REFUND: Told("given back: not shown, failed or cancelled"),
}


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.describe(
    member="Whose credits; left out, your own. Others' are for moderators",
    grant="How many credits to give them, for moderators",
)
async def credits(
    interaction: Interaction,
    member: discord.User | None = None,
    grant: app_commands.Range[int, 1, MOST_GRANTED] | None = None,
) -> None:
    """See how many credits you have, and what you spent them on."""
    ledger, language = interaction.client.studio.ledger, private(interaction)
    about = payer_of(interaction) if member is None else Payer(interaction.guild_id, member.id)
    if (grant is not None or about != payer_of(interaction)) and not _moderates(interaction):
        raise Refusal(Told("Only moderators may see the credits of others, and grant any."))
    if grant is not None:
        await ledger.grant(about, grant, interaction.user.id, str(interaction.id))
    await interaction.response.send_message(
        await _words(language, ledger, about), ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
    )


def _moderates(interaction: Interaction) -> bool:
    return in_server(interaction).manage_messages


async def _words(language: Language, ledger: Ledger, payer: Payer) -> str:
    standing = await ledger.standing(payer)
    if ledger.allowance is None:
        spent = -standing.available
        lines = [
            language.say(
                "Pictures cost nothing here; they are only counted. <@{member}> has used {spent} "
                "{spent:credit|credits}.",
                member=payer.member_id,
                spent=spent,
            )
        ]
    else:
        lines = [
            language.say(
                "<@{member}> has {available} {available:credit|credits}, and {reserved} more "
                "{reserved:is|are} reserved for jobs that are not over. Each day at midnight UTC there are "
                "at least {allowance} again.",
                member=payer.member_id,
                available=standing.available,
                reserved=standing.reserved,
                allowance=ledger.allowance,
            )
        ]
    return "\n".join([*lines, *(_line(language, entry) for entry in await ledger.last(payer, SHOWN))])


def _line(language: Language, entry: Entry) -> str:
    when = discord.utils.format_dt(entry.at, "R")
    return f"`{entry.amount:+7d}` {language.of(_KINDS[entry.kind])}, {when}"
