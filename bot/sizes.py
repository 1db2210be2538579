"""Sizes that are too large for every worker: refused before they are queued, with one that is not."""

from __future__ import annotations

import asyncio
import logging

import redis

from bot.refusals import Refusal
from bot.studio import Studio
from bot.wording import escape
from moderation.told import Told
from storage.errors import reason_of
from storage.jobs import Imagine, Upscale
from storage.sizes import smaller

log = logging.getLogger(__name__)

_PATIENCE = 0.5
"""Seconds; a worker says the same, later."""
_NAME_LIMIT = 60


async def refuse_too_large(studio: Studio, task: Imagine | Upscale, checkpoint: str) -> None:
    """Raise Refusal for what no worker of the checkpoint has the memory to render."""
    if (size := task.rendered_size) is None:
        return
    try:
        async with asyncio.timeout(_PATIENCE):
            most = await studio.most_pixels.ask(checkpoint)
    except (TimeoutError, redis.RedisError) as error:
        log.warning("the farm's largest sizes are not known: %s", reason_of(error))
        return
    width, height = size
    if most is None or width * height <= most:
        return
    named = escape(checkpoint, _NAME_LIMIT)
    fits = next((each for each in smaller(size) if each[0] * each[1] <= most), None)
    says = Told(
        "{width}x{height} needs more memory than any worker of this farm has with {checkpoint}",
        width=width,
        height=height,
        checkpoint=named,
    )
    if fits:
        raise Refusal(
            Told("{problem}: ask for at most {across}x{down}.", problem=says, across=fits[0], down=fits[1])
        )
    raise Refusal(Told("{problem}: choose a smaller checkpoint.", problem=says))
