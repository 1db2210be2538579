"""What a task names beside its checkpoint, and whether the farm has it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import redis

from bot.refusals import Refusal
from bot.studio import Interaction, Studio
from bot.wording import escape
from moderation.prompt_language.limits import embeddings, loras
from moderation.prompt_language.parse import parse
from moderation.told import Told
from storage.add_ons import AddOns, add_ons_for
from storage.called import called
from storage.errors import reason_of
from storage.jobs import Describe, Imagine, Shorten, Task, Upscale
from storage.nearest import nearest
from storage.starts import Faces
from storage.training import Caption, Train

log = logging.getLogger(__name__)

_PATIENCE = 0.5
"""Seconds; a worker says the same, later."""
_NAME_LIMIT = 60


async def refuse_missing(studio: Studio, task: Imagine | Upscale, checkpoint: str) -> None:
    """Raise Refusal for a LoRA, an embedding or a restorer that no worker of the checkpoint has."""
    if not any(names for _, names in _named(task)):
        return
    try:
        async with asyncio.timeout(_PATIENCE):
            known = await asyncio.to_thread(add_ons_for, studio.redis, checkpoint)
    except (TimeoutError, redis.RedisError) as error:
        log.warning("the farm's add-ons are not known: %s", reason_of(error))
        return
    if known is None:
        return
    for kind, names in _named(task):
        for name in sorted(names):
            brought = {"embedding": task.embeddings, "LoRA": task.loras}.get(kind, {})
            if called(name, _those(known, kind) | set(brought)):
                continue
            raise Refusal(
                Told(
                    "There is no {kind} called {name} on this farm: those that are there are {known}.",
                    kind=kind,
                    name=escape(name, _NAME_LIMIT),
                    known=nearest(name, _those(known, kind), show=escape),
                )
            )


async def refuse_taken_word(interaction: Interaction, word: str, checkpoint: str) -> None:
    """Raise Refusal for a word that means something in the server, or on the farm, already.

    Raises NameTaken for one that is being trained there.
    """
    studio, server = interaction.client.studio, interaction.guild_id
    taken = server is not None and await studio.embeddings.named(server, word) is not None
    try:
        async with asyncio.timeout(_PATIENCE):
            known = await asyncio.to_thread(add_ons_for, studio.redis, checkpoint)
        taken = taken or (known is not None and called(word, known.embeddings | known.loras) is not None)
    except (TimeoutError, redis.RedisError) as error:
        log.warning("the farm's add-ons are not known: %s", reason_of(error))
    if taken:
        raise Refusal(
            Told("There is a word {name} here already: please choose another one.", name=escape(word))
        )
    if server is not None:
        await studio.embeddings.refuse_taken(server, word)


def add_ons_of(task: Task) -> set[str]:
    """Give the names of the LoRAs and embeddings in a task's prompts, or of the one that it makes."""
    if isinstance(task, Describe | Shorten):
        return set()
    if isinstance(task, Caption):
        return {task.training.word}
    if isinstance(task, Train):
        return {task.word}
    return (
        set(task.embeddings)
        | set(task.loras)
        | {name for kind, names in _named(task) if kind != "restorer" for name in names}
    )


def _named(task: Imagine | Upscale) -> Iterator[tuple[str, set[str]]]:
    prompt, negative = parse(task.prompt), parse(task.negative_prompt)
    yield "LoRA", {name for name, _ in loras(prompt)}
    yield "embedding", embeddings(prompt) | embeddings(negative)
    start = task.start if isinstance(task, Imagine) else None
    yield "restorer", {start.restorer} if isinstance(start, Faces) and start.restorer else set()


def _those(known: AddOns, kind: str) -> frozenset[str]:
    return {"LoRA": known.loras, "embedding": known.embeddings, "restorer": known.restorers}[kind]
