"""People in pictures that were not made here: nothing sexual is made of them, in any channel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Protocol

from bot.studio import Studio
from moderation.judge import judge_words_of_somebody
from moderation.verdict import Reason
from storage.blobs import BlobStoreAway
from storage.database import DatabaseAway
from storage.jobs import Imagine, Upscale

log = logging.getLogger(__name__)

SOMEBODY = "somebody"
"""What is noted with how an embedding or a LoRA was trained: whether on photographs of somebody."""


class _WithAddOns(Protocol):
    @property
    def embeddings(self) -> Mapping[str, str]: ...

    @property
    def loras(self) -> Mapping[str, str]: ...


def trained_files(drawn: _WithAddOns) -> tuple[str, ...]:
    """List the files of a community's embeddings and LoRAs that something is drawn with."""
    return (*drawn.embeddings.values(), *drawn.loras.values())


async def shows_somebody(studio: Studio, blobs: Collection[str], add_ons: Collection[str] = ()) -> bool:
    """Say whether what these pictures go back to, and was not made here, shows somebody's face.

    Or one of the files of `add_ons` was trained on what does. Where that cannot be looked at, it may. Raises
    BlobStoreAway, DatabaseAway.
    """
    if add_ons and any(recipe.get(SOMEBODY) for recipe in await studio.lineage.trained(add_ons)):
        return True
    for blob in sorted(await studio.lineage.roots(blobs)):
        try:
            if await studio.reviewer.shows_face(blob, studio.blobs.aget):
                return True
        except (BlobStoreAway, DatabaseAway):
            raise
        except Exception as error:
            log.warning("whether picture %s shows a face is not known: %r", blob, error)
            return True
    return False


async def sexualised(studio: Studio, task: Imagine | Upscale, beside: Collection[str]) -> tuple[Reason, ...]:
    """Give why a task with such texts `beside` its own makes something sexual of somebody; () if it does not.

    Raises BlobStoreAway, DatabaseAway.
    """
    add_ons = trained_files(task)
    if not (task.sources or add_ons):
        return ()
    verdict = await asyncio.to_thread(
        judge_words_of_somebody, task.prompt, task.negative_prompt, tuple(beside)
    )
    if not verdict.blocked:
        return ()
    return verdict.reasons if await shows_somebody(studio, task.sources, add_ons) else ()
