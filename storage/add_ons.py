"""The LoRAs, embeddings and face restorers that workers have: what is not there is refused at once."""

from __future__ import annotations

import redis

from storage.farm import CARD_SECONDS, workers
from storage.values import Travelling, read_or_none


class AddOns(Travelling):
    """What a worker has, by name."""

    loras: frozenset[str] = frozenset()
    embeddings: frozenset[str] = frozenset()
    restorers: frozenset[str] = frozenset()


def announce_add_ons(redis: redis.Redis, worker: str, add_ons: AddOns, *, changed: bool) -> None:
    """Tell for CARD_SECONDS what a worker has. The list may be long: it travels only when it `changed`."""
    key = _key(worker)
    if changed or not redis.expire(key, CARD_SECONDS):
        redis.set(key, add_ons.model_dump_json(), ex=CARD_SECONDS)


def add_ons_for(redis: redis.Redis, checkpoint: str) -> AddOns | None:
    """Give what the workers of a checkpoint have between them; None if that is not known of all of them."""
    serving = [card.name for card in workers(redis) if checkpoint in card.checkpoints]
    told = redis.mget([_key(name) for name in serving]) if serving else []
    each = [known for value in told if value and (known := read_or_none(AddOns, value)) is not None]
    if not told or len(each) < len(told):
        return None
    return AddOns(
        loras=frozenset().union(*(known.loras for known in each)),
        embeddings=frozenset().union(*(known.embeddings for known in each)),
        restorers=frozenset().union(*(known.restorers for known in each)),
    )


def _key(worker: str) -> str:
    return f"darkroom:add-ons:{worker}"
