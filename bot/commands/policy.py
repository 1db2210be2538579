"""`/policy`: what a channel lets through, for its moderators."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import Choice

from bot.channels import age_restricted, policy_holder, policy_of
from bot.refusals import Refusal
from bot.studio import Interaction
from moderation.policy import NSFW, Preset


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True)
@app_commands.describe(setting="Leave empty to see what holds now")
@app_commands.choices(
    setting=[
        Choice(name="sfw: nothing sexual, no nudity", value=Preset.SFW),
        Choice(name="nsfw: adults only, in age-restricted channels", value=Preset.NSFW),
    ]
)
async def policy(interaction: Interaction, setting: str | None = None) -> None:
    """See or set what this channel lets through."""
    studio, channel = interaction.client.studio, interaction.channel
    holder = policy_holder(channel)
    if holder is None:
        raise Refusal("This kind of channel has no policy of its own; it is always SFW.")
    if setting is not None:
        if not interaction.permissions.manage_channels:
            raise Refusal("Only moderators who may manage this channel can change its policy.")
        if setting == Preset.NSFW and not age_restricted(channel):
            raise Refusal(
                "Discord does not mark this channel as age-restricted, so it stays SFW. Turn on "
                "Age-Restricted Channel in the channel's settings first, then come back."
            )
        opened = NSFW if setting == Preset.NSFW else None
        await studio.policies.set(interaction.guild_id, holder, opened, interaction.user.id)
    now = await policy_of(studio, channel)
    await interaction.response.send_message(_SENTENCES[now.preset], ephemeral=True)


_SENTENCES = {
    Preset.SFW: "This channel is SFW: nudity and sex are neither asked for nor shown here.",
    Preset.NSFW: (
        "This channel is NSFW: adults only. It falls back to SFW by itself as soon as Discord no longer "
        "marks it as age-restricted."
    ),
}
