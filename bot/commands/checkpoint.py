"""`/checkpoint`: which one a server draws with, and what became of its words on it."""

from __future__ import annotations

import asyncio

import redis
from discord import app_commands
from discord.app_commands import Choice

from bot.defaults import usual_checkpoint
from bot.language import Language, private
from bot.moderators import in_server
from bot.refusals import Refusal
from bot.studio import Interaction, Studio
from bot.wording import escape, fit
from moderation.told import Told
from storage.add_ons import add_ons_for
from storage.records.carry_over import CarryOver, State
from storage.records.defaults import Defaults

_PATIENCE = 0.5

checkpoint = app_commands.Group(
    name="checkpoint", description="Which model this server draws with", guild_only=True
)


@checkpoint.command()
async def show(interaction: Interaction) -> None:
    """See which model this server draws with, and which words are carried over to it."""
    studio, language, server = interaction.client.studio, private(interaction), interaction.guild_id or 0
    name = await usual_checkpoint(studio, server)
    lines = [
        language.say(
            "This server draws with {checkpoint}, where nobody chooses another one.", checkpoint=escape(name)
        ),
        *_words(language, await studio.carry_overs.of_server(server, name)),
    ]
    await _tell(interaction, "\n".join(lines))


@checkpoint.command()
@app_commands.describe(name="The model that paints where nobody chooses another one")
async def use(interaction: Interaction, name: str) -> None:
    """For moderators: choose the model that this server draws with; its words are carried over to it."""
    if not in_server(interaction).manage_guild:
        raise Refusal(Told("Only moderators who may manage this server can choose what it draws with."))
    studio, language, server = interaction.client.studio, private(interaction), interaction.guild_id or 0
    studio.checkpoints.served(name)
    chosen = Defaults(checkpoint=name).over(await studio.defaults.of(server))
    await studio.defaults.set(server, chosen)
    about = {"checkpoint": name}
    await studio.audit.add(f"checkpoint:{interaction.id}", server, interaction.user.id, "checkpoint", about)
    lines = [
        language.say(
            "From now on this server draws with {checkpoint}, where nobody chooses another one. Published "
            "words of other models are carried over to it in the background; until that is done, the models "
            "that they were made for go on drawing them. `/checkpoint show` says how far that is.",
            checkpoint=escape(name),
        )
    ]
    if await _has_loras(studio, name):
        lines.append(
            language.say(
                "LoRAs stay with the models that they were made for, because it is not known here how they "
                "were trained."
            )
        )
    await _tell(interaction, "\n".join(lines))


def _words(language: Language, found: list[tuple[str, CarryOver]]) -> list[str]:
    """Say what became of a server's words, a line for each kind of end."""
    of = {state: [each for each in found if each[1].state is state] for state in State}
    lines = []
    if of[State.CARRIED]:
        lines.append(language.say("Carried over to it: {words}.", words=_listed(of[State.CARRIED])))
    if of[State.BEGUN]:
        lines.append(language.say("On their way: {words}.", words=_listed(of[State.BEGUN])))
    if of[State.UNLIKE]:
        alike = [(f"{name} ({each.likeness or 0:.0%})", each) for name, each in of[State.UNLIKE]]
        lines.append(language.say("Too different there, so drawn as before: {words}.", words=_listed(alike)))
    for name, each in of[State.FAILED]:
        why = each.failure or ""
        lines.append(language.say("Drawn as before: {word}. {why}", word=escape(name), why=why))
    return lines


def _listed(found: list[tuple[str, CarryOver]]) -> str:
    return ", ".join(escape(name) for name, _ in found)


async def _has_loras(studio: Studio, name: str) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            known = await asyncio.to_thread(add_ons_for, studio.redis, name)
    except (TimeoutError, redis.RedisError):
        return False
    return known is not None and bool(known.loras)


async def _tell(interaction: Interaction, said: str) -> None:
    await interaction.response.send_message(fit(said), ephemeral=True)


@use.autocomplete("name")
async def _complete(interaction: Interaction, typed: str) -> list[Choice[str]]:
    names = interaction.client.studio.checkpoints.matching(typed)
    return [Choice(name=name, value=name) for name in names]
