"""The checkpoints that the farm has ever served, and what must be known to ask for one of them."""

from __future__ import annotations

import redis
from pydantic import Field
from rq.utils import as_text

from storage.values import Travelling

_SERVED = "darkroom:checkpoints"


class ServedCheckpoint(Travelling):
    """`side` is the width and height, in pixels, of the pictures that the checkpoint was trained on."""

    name: str
    hash: str
    side: int = Field(ge=64)


def remember(redis: redis.Redis, checkpoint: ServedCheckpoint) -> None:
    """Note a checkpoint that a worker serves; it stays known when the worker has gone."""
    redis.hset(_SERVED, checkpoint.name, checkpoint.model_dump_json())


def served(redis: redis.Redis) -> dict[str, ServedCheckpoint]:
    """Give every checkpoint that was ever served, by name."""
    entries = redis.hgetall(_SERVED)
    return {as_text(name): ServedCheckpoint.model_validate_json(value) for name, value in entries.items()}
