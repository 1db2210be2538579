"""What a channel lets be done: who may ask, with which checkpoints and add-ons, and what the bot may post."""

from __future__ import annotations

import logging

import discord

from bot.add_ons import add_ons_of
from bot.channels import missing_permissions
from bot.language import private
from bot.refusals import Refusal
from bot.studio import Studio
from bot.wording import escape
from moderation.policy import Policy
from moderation.told import Told
from storage.jobs import Task

log = logging.getLogger(__name__)


NO_ATTACHMENTS = Told("This channel's policy takes no pictures from members. Please ask for one in words.")


async def refuse_by_policy(
    studio: Studio, policy: Policy, member: discord.Member | discord.User, task: Task, checkpoint: str
) -> None:
    """Raise Refusal for a task that a policy does not let this member have, whatever its words are.

    A picture of a member stays one, whatever was made of it since. Raises DatabaseAway.
    """
    roles = {role.id for role in getattr(member, "roles", ())}
    if policy.roles and not roles & set(policy.roles):
        wanted = ", ".join(f"<@&{role}>" for role in policy.roles)
        if len(policy.roles) == 1:
            raise Refusal(Told("Here only members with {role} may ask for pictures.", role=wanted))
        raise Refusal(Told("Here only members with one of {roles} may ask for pictures.", roles=wanted))
    if policy.checkpoints and checkpoint not in policy.checkpoints:
        known = ", ".join(escape(name) for name in policy.checkpoints)
        raise Refusal(
            Told(
                "This channel's policy does not allow the checkpoint {checkpoint}. Please say `checkpoint:` "
                "with one of {known}.",
                checkpoint=escape(checkpoint),
                known=known,
            )
        )
    if not policy.add_ons and (names := add_ons_of(task)):
        raise Refusal(
            Told(
                "This channel's policy allows no LoRAs and no embeddings. Please leave out {names}.",
                names=escape(", ".join(sorted(names))),
            )
        )
    if not policy.attachments and task.sources and await studio.lineage.roots(task.sources):
        raise Refusal(NO_ATTACHMENTS)


def refuse_without_permissions(interaction: discord.Interaction) -> None:
    """Raise Refusal where Discord does not let the bot post pictures."""
    if interaction.guild_id is None:
        return
    missing = missing_permissions(interaction.app_permissions, interaction.channel)
    if missing:
        log.warning("channel %s: missing permissions: %s", interaction.channel_id, ", ".join(missing))
        raise Refusal(
            Told(
                "I may not post pictures here. A moderator can give me {permissions} in this channel.",
                permissions=private(interaction).listed(missing),
            )
        )
