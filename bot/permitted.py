"""What a channel's policy lets members use: who may ask, with which checkpoints, and with add-ons or not."""

from __future__ import annotations

import discord

from bot.add_ons import add_ons_of
from bot.refusals import Refusal
from bot.wording import escape
from moderation.policy import Policy
from moderation.told import Told
from storage.jobs import Task


def refuse_by_policy(
    policy: Policy, member: discord.Member | discord.User, task: Task, checkpoint: str
) -> None:
    """Raise Refusal for a task that a policy does not let this member have, whatever its words are."""
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
