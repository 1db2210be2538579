"""The checkpoints that the farm has ever served, and what must be known to ask for one of them."""

from __future__ import annotations

from collections.abc import Mapping

import redis
from pydantic import Field
from rq.utils import as_text

from storage.samplers import Sampler
from storage.values import Travelling, read_or_none

_SERVED = "darkroom:checkpoints"


class Usual(Travelling):
    """What suits a checkpoint where it is not what suits most; None where it is."""

    steps: int | None = Field(default=None, ge=1, le=150)
    guidance_scale: float | None = Field(default=None, ge=1, le=30)
    sampler: Sampler | None = None


class ServedCheckpoint(Travelling):
    """`side` is the width and height, in pixels, of the pictures that the checkpoint was trained on.

    `usual` is how it is drawn with by those who do not say how. `family` is the family of checkpoints that
    it belongs to, and `text_widths` are the widths of its text towers; neither is known of those that were
    last served by an earlier version.
    """

    name: str
    hash: str
    side: int = Field(ge=64)
    usual: Usual = Usual()
    family: str | None = None
    text_widths: tuple[int, ...] = ()


SHIPPED = {
    each.name: each
    for each in (
        ServedCheckpoint(name="pocket", hash="", side=128, family="sd1", text_widths=(128,)),
        ServedCheckpoint(name="pocket-2", hash="", side=128, family="sd2", text_widths=(160,)),
        ServedCheckpoint(name="pocket-xl", hash="", side=192, family="sdxl", text_widths=(128, 160)),
    )
}
"""The checkpoints that every worker has, as they are known before the first one is up: all but the hash."""


def remember(redis: redis.Redis, checkpoint: ServedCheckpoint) -> None:
    """Note a checkpoint that a worker serves; it stays known when the worker has gone."""
    redis.hset(_SERVED, checkpoint.name, checkpoint.model_dump_json())


def remember_missing(redis: redis.Redis, serving: Mapping[str, ServedCheckpoint]) -> None:
    """Note those of the checkpoints that a worker serves which Redis does not know as they are now."""
    known = {as_text(name): as_text(value) for name, value in redis.hgetall(_SERVED).items()}
    for name, checkpoint in serving.items():
        if known.get(name) != checkpoint.model_dump_json():
            remember(redis, checkpoint)


def served(redis: redis.Redis) -> dict[str, ServedCheckpoint]:
    """Give every checkpoint that was ever served, by name, but for what cannot be read."""
    entries = redis.hgetall(_SERVED).items()
    read = {as_text(name): read_or_none(ServedCheckpoint, value) for name, value in entries}
    return {name: checkpoint for name, checkpoint in read.items() if checkpoint is not None}
