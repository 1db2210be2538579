"""What is offered while a member types a prompt: what its last word may become, and their last prompts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import redis
from discord.app_commands import Choice

from bot.checkpoints import CHOICE_LIMIT, MOST_CHOICES
from bot.notebook import lexicon_of
from bot.studio import Interaction
from storage.add_ons import AddOns, add_ons_for
from storage.jobs import Imagine
from tasks.notebook import key

_LAST = re.compile(r"[$＄﹩<]?[^\s,、，()<>{}$＄﹩]*\Z")
_WILDCARD = re.compile(r"[_＿]{2}[^\W_][^\s,]*?[_＿]{2}")
_BEGUN = re.compile(r"[_＿]{2}[^\s,、，()<>{}$＄﹩]*\Z")
"""A wildcard that is not closed yet, wherever in a word."""
_LATELY = 40
"""A member's jobs whose prompts are offered again."""
_PATIENCE = 0.5
"""Seconds; Discord waits three for what it offers."""


async def completions(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Offer the prompt with its last word completed to an embedding, a LoRA or an entry of the notebook.

    After these come the member's last prompts here that have in them what is typed. Discord takes a hundred
    characters: longer prompts are not offered.
    """
    if len(typed) > CHOICE_LIMIT:
        return []
    closed = _WILDCARD.sub(lambda whole: " " * len(whole[0]), typed)
    found = _BEGUN.search(closed) or _LAST.search(typed)
    last = found[0] if found else ""
    before = typed[: len(typed) - len(last)]
    offered = [before + word for word in await _words(interaction, last)] if last else []
    offered += await _last_prompts(interaction, typed)
    fitting = [prompt for prompt in dict.fromkeys(offered) if len(prompt) <= CHOICE_LIMIT]
    return [Choice(name=prompt, value=prompt) for prompt in fitting[:MOST_CHOICES]]


async def _last_prompts(interaction: Interaction, typed: str) -> list[str]:
    """Give what the member asked for here lately, the latest first."""
    wanted = " ".join(typed.split()).casefold()
    lately = await interaction.client.studio.jobs.of_member(
        interaction.user.id, guild_id=interaction.guild_id, limit=_LATELY
    )
    prompts = [each.job.task.prompt.strip() for each in lately if isinstance(each.job.task, Imagine)]
    return [prompt for prompt in prompts if prompt and wanted in prompt.casefold() and prompt != typed]


async def _words(interaction: Interaction, last: str) -> Iterator[str]:
    """Give what the last word may become, in the order in which it is offered."""
    if key(last).startswith(("$", "__")):
        signs = sorted(entry.sign for entry in (await lexicon_of(interaction)).values())
        return (sign for sign in signs if key(sign).startswith(key(last)))
    begun = last.removeprefix("<").casefold()
    studio = interaction.client.studio
    usable = await studio.embeddings.usable(interaction.guild_id or 0, interaction.user.id)
    add_ons = await _add_ons(interaction)
    words = [(each.name, each.written) for each in usable]
    words += [(name, f"<{name}>") for name in sorted(add_ons.embeddings)]
    words += [(name, f"<lora:{name}:1>") for name in sorted(add_ons.loras)]
    if begun.startswith("lora:"):
        begun = begun.removeprefix("lora:")
        words = [(name, word) for name, word in words if word.startswith("<lora:")]
    return (word for name, word in words if name.casefold().startswith(begun))


async def _add_ons(interaction: Interaction) -> AddOns:
    """Give what the farm has for the checkpoint that is typed beside it, as far as that is known."""
    studio = interaction.client.studio
    checkpoint = getattr(interaction.namespace, "checkpoint", None) or studio.settings.default_checkpoint
    try:
        async with asyncio.timeout(_PATIENCE):
            return await asyncio.to_thread(add_ons_for, studio.redis, checkpoint) or AddOns()
    except (TimeoutError, redis.RedisError):
        return AddOns()
