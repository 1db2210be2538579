"""Under which name, and with what weight, the queue counts a member's work."""

from __future__ import annotations

import hashlib
import hmac

import discord

from storage.jobs import Task
from storage.settings import BotSettings
from storage.share import Share, Urgency
from storage.training import Train

_WAITED_FOR = 4
"""Jobs of one wish that somebody waits for: of sixteen pictures the first ones are looked at first."""


def urgency_of(task: Task, place: int) -> Urgency:
    """Say how urgent a job is, from what it does and its place among those of one wish."""
    if isinstance(task, Train):
        return Urgency.TRAINING
    return Urgency.INTERACTIVE if place < _WAITED_FOR else Urgency.BULK


def share_of(
    settings: BotSettings,
    member: discord.User | discord.Member,
    urgency: Urgency = Urgency.INTERACTIVE,
) -> Share:
    """Give the share of a member in what the farm does: the largest weight that one of their roles has."""
    roles = [role.id for role in member.roles] if isinstance(member, discord.Member) else []
    weight = max((settings.weights[role] for role in roles if role in settings.weights), default=1.0)
    return Share(member=_name_of(settings, member.id), weight=weight, urgency=urgency)


def _name_of(settings: BotSettings, member_id: int) -> str:
    """Name a member for workers, which are not to learn who it is: a keyed hash, the same for ever."""
    key = settings.discord_token.get_secret_value() if settings.discord_token else ""
    return hmac.new(key.encode(), str(member_id).encode(), hashlib.sha256).hexdigest()[:16]
