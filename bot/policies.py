"""Policies in words, for moderators and members."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.channels import Standing
from bot.wording import escape
from moderation.policy import Policy, Preset
from moderation.verdict import Action
from storage.records.policies import Change, PastChange

MEANS: Mapping[str, str] = {
    Preset.FAMILY: "nothing sexual or suggestive, no nudity, no gore",
    Preset.SFW: "nothing sexual, no nudity",
    Preset.ARTISTIC: "adults only; nudity is posted behind a spoiler",
    Preset.NSFW: "adults only",
}
_ACTIONS = {
    Action.ALLOW: "allowed",
    Action.WARN: "posted behind a spoiler",
    Action.BLOCK: "refused",
}
_FIELDS = {
    "sexual_prompts": "sexual words",
    "nudity": "nudity in pictures",
    "suggestive_prompts": "suggestive words",
}


def described(policy: Policy) -> str:
    """Say what a policy lets through: its preset, and a line for all that differs from it."""
    return "\n".join(
        (f"{_named(policy)}: {MEANS[policy.preset]}", *(f"- {line}" for line in _differences(policy)))
    )


def _named(policy: Policy) -> str:
    return f"**{policy.preset}**" + (", with changes" if policy.is_custom else "")


def _differences(policy: Policy) -> list[str]:
    preset, lines = Policy(preset=policy.preset), []
    for name in Policy.model_fields:
        value = getattr(policy, name)
        if value == getattr(preset, name):
            continue
        match name:
            case "attachments":
                lines.append("no pictures from members")
            case "add_ons":
                lines.append("no LoRAs and no embeddings")
            case "checkpoints":
                lines.append(f"checkpoints: {', '.join(escape(each) for each in value)}")
            case "roles":
                lines.append(f"only for {', '.join(f'<@&{role}>' for role in value)}")
            case _:
                lines.append(f"{_FIELDS.get(name, name.replace('_', ' '))}: {_ACTIONS.get(value, value)}")
    return lines


def standing_words(standing: Standing, here: int, guild_id: int) -> str:
    """Say which policy holds in a channel, whose it is, and why another one may not hold now."""
    held, lines = standing.held, [described(standing.policy)]
    if standing.is_closed and held.policy is not None:
        why = (
            "the mark was gone in between, and a moderator has to open it again with `/policy set`"
            if standing.age_restricted
            else "Discord does not mark this channel as age-restricted"
        )
        lines.append(f"The policy that was set is **{held.policy.preset}**, but {why}.")
    if held.place_id is None:
        whose = "Nobody set a policy here"
    elif held.place_id == here:
        whose = f"This is its own policy (change {held.version})"
    else:
        whose = f"This comes from {place_words(held.place_id, guild_id)} (change {held.version})"
    lines.append(f"-# {whose}. Sexual content about minors is refused in every channel, whatever its policy.")
    return "\n".join(lines)


def place_words(place_id: int, guild_id: int) -> str:
    """Name a place: the server, or a link to the category, channel or thread."""
    return "the server" if place_id == guild_id else f"<#{place_id}>"


def past_words(past: PastChange, guild_id: int) -> str:
    """Put a change into one line."""
    who = f"<@{past.member_id}>" if past.member_id else "Discord's age restriction"
    place = place_words(past.place_id, guild_id)
    match past.change:
        case Change.SET:
            what = f"set {_named(past.policy) if past.policy else 'what cannot be read any more'} for {place}"
        case Change.CLEARED:
            what = f"let {place} inherit"
        case Change.CLOSED:
            what = f"changed, and closed {place}"
        case Change.REOPENED:
            what = f"opened {place} again"
    return f"{past.version}. {discord.utils.format_dt(past.at, 'R')}: {who} {what}"
