"""Policies in words, for moderators and members."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.channels import Standing
from bot.language import Language
from bot.wording import escape
from moderation.policy import Anatomy, Listed, Policy, Preset, Warned
from moderation.told import Told
from moderation.verdict import Action
from storage.records.policies import Change, PastChange

MEANS: Mapping[str, Told] = {
    Preset.FAMILY: Told("nothing sexual or suggestive, no nudity, no gore"),
    Preset.SFW: Told("nothing sexual, no nudity"),
    Preset.ARTISTIC: Told("adults only; nudity is posted behind a spoiler"),
    Preset.NSFW: Told("adults only"),
}
ACTIONS: Mapping[str, Told] = {
    Listed.OFF: Told("allowed"),
    Action.ALLOW: Told("allowed"),
    Action.WARN: Told("posted behind a spoiler"),
    Action.BLOCK: Told("refused"),
    Warned.SPOILER: Told("posted behind a spoiler"),
    Warned.REVIEW: Told("held until a moderator has looked"),
}
_FIELDS = {
    "sexual_prompts": Told("sexual words"),
    "nudity": Told("nudity in pictures"),
    "suggestive_prompts": Told("suggestive words"),
    "gore": Told("gore"),
    "names": Told("names of known people and characters"),
    "artists": Told("names of living artists"),
    "warned": Told("what is neither allowed nor refused"),
}

_ANATOMY: Mapping[Anatomy, Told] = {
    Anatomy.OFF: Told("people drawn wrong are shown"),
    Anatomy.NORMAL: Told("people with a third arm and the like are discarded"),
    Anatomy.STRICT: Told("people with anything wrong are discarded"),
}


def described(language: Language, policy: Policy) -> str:
    """Say what a policy lets through: its preset, and a line for all that differs from it."""
    first = f"{language.of(_named(policy))}: {language.of(MEANS[policy.preset])}"
    return "\n".join((first, *(f"- {language.of(line)}" for line in _differences(policy))))


def _named(policy: Policy) -> str:
    if policy.is_custom:
        return Told("**{preset}**, with changes", preset=str(policy.preset))
    return f"**{policy.preset}**"


def _differences(policy: Policy) -> list[Told]:
    preset = Policy(preset=policy.preset)
    lines: list[Told] = []
    for name in Policy.model_fields:
        value = getattr(policy, name)
        if value == getattr(preset, name):
            continue
        match name:
            case "anatomy":
                lines.append(_ANATOMY[value])
            case "attachments":
                lines.append(Told("no pictures from members"))
            case "add_ons":
                lines.append(Told("no LoRAs and no embeddings"))
            case "names_allowed":
                lines.append(Told("allowed names: {names}", names=", ".join(map(escape, value))))
            case "names_added":
                lines.append(Told("refused names: {names}", names=", ".join(map(escape, value))))
            case "checkpoints":
                lines.append(Told("checkpoints: {names}", names=", ".join(map(escape, value))))
            case "roles":
                lines.append(Told("only for {roles}", roles=", ".join(f"<@&{role}>" for role in value)))
            case _:
                what = _FIELDS.get(name, name.replace("_", " "))
                lines.append(Told("{what}: {action}", what=what, action=ACTIONS.get(value, str(value))))
    return lines


def standing_words(language: Language, standing: Standing, here: int, guild_id: int) -> str:
    """Say which policy holds in a channel, whose it is, and why another one may not hold now."""
    held, lines = standing.held, [described(language, standing.policy)]
    if standing.is_closed and held.policy is not None:
        why = (
            Told(
                "the mark was gone in between, and a moderator has to open {channel} again with "
                "`/policy set`, naming a preset and the channel",
                channel=f"<#{standing.marked_id}>",
            )
            if standing.age_restricted
            else Told("Discord does not mark this channel as age-restricted")
        )
        but = Told("The policy that was set is **{preset}**, but {why}.", preset=held.policy.preset, why=why)
        lines.append(language.of(but))
    if held.place_id is None:
        whose = Told("Nobody set a policy here.")
    elif held.place_id == here:
        whose = Told("This is its own policy (change {version}).", version=held.version)
    else:
        place = place_words(held.place_id, guild_id)
        whose = Told("This comes from {place} (change {version}).", place=place, version=held.version)
    floor = Told(
        "Sexual content about minors and sexualised pictures of real people are refused in every channel, "
        "whatever its policy."
    )
    lines.append(f"-# {language.of(whose)} {language.of(floor)}")
    return "\n".join(lines)


def place_words(place_id: int, guild_id: int) -> str:
    """Name a place: the server, or a link to the category, channel or thread."""
    return Told("the server") if place_id == guild_id else f"<#{place_id}>"


def past_words(language: Language, past: PastChange, guild_id: int) -> str:
    """Put a change into one line."""
    who = f"<@{past.member_id}>" if past.member_id else Told("Discord's age restriction")
    place = place_words(past.place_id, guild_id)
    match past.change:
        case Change.SET:
            policy = _named(past.policy) if past.policy else Told("what cannot be read any more")
            what = Told("{who} set {policy} for {place}", who=who, policy=policy, place=place)
        case Change.CLEARED:
            what = Told("{who} let {place} inherit", who=who, place=place)
        case Change.CLOSED:
            what = Told("{who} changed, and closed {place}", who=who, place=place)
        case Change.REOPENED:
            what = Told("{who} opened {place} again", who=who, place=place)
    return f"{past.version}. {discord.utils.format_dt(past.at, 'R')}: {language.of(what)}"
