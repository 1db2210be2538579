"""People in pictures that were not made here: nothing sexual is made of them, in any channel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from bot.studio import Studio
from moderation.judge import judge_words_of_somebody
from moderation.pinned_onnx import DetectorError
from moderation.verdict import Reason
from storage.blobs import BlobMissing
from storage.jobs import Imagine, Upscale

log = logging.getLogger(__name__)


async def shows_somebody(studio: Studio, blobs: Collection[str]) -> bool:
    """Say whether what these pictures go back to, and was not made here, shows somebody's face.

    Where that cannot be looked at, it may. Raises BlobStoreAway, DatabaseAway.
    """
    for blob in sorted(await studio.lineage.roots(blobs)):
        try:
            if await studio.reviewer.shows_face(blob, studio.blobs.aget):
                return True
        except (BlobMissing, DetectorError) as error:
            log.warning("whether picture %s shows a face is not known: %s", blob, error)
            return True
    return False


async def sexualised(studio: Studio, task: Imagine | Upscale, beside: Collection[str]) -> tuple[Reason, ...]:
    """Give why a task with such texts `beside` its own makes something sexual of somebody; () if it does not.

    Raises BlobStoreAway, DatabaseAway.
    """
    if not task.sources:
        return ()
    verdict = await asyncio.to_thread(
        judge_words_of_somebody, task.prompt, task.negative_prompt, tuple(beside)
    )
    return verdict.reasons if verdict.blocked and await shows_somebody(studio, task.sources) else ()
