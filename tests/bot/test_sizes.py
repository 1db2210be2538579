"""Sizes that no worker has the memory for, from chat and piece by piece."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import cast

import pytest
import redis

from bot.refusals import Refusal
from bot.sizes import refuse_too_large
from bot.studio import Studio
from bot.together import Together
from storage.detail import Detail
from storage.farm import Largest, WorkerCard, announce, most_pixels_of, workers
from storage.jobs import Upscale
from storage.samplers import Sampler
from tests.bot.conftest import Chat, eventually
from tests.bot.test_wording import TASK

SMALL = 64 * 64


def with_room_for(connection: redis.Redis, pixels: int | None) -> Studio:
    """A farm of one worker that tells this."""
    known = () if pixels is None else (Largest(checkpoint="pocket", pixels=pixels),)
    card = WorkerCard(name="one", checkpoints=("pocket",), device="cpu", seats=1, largest=known)
    announce(connection, card)
    most_pixels = Together(partial(most_pixels_of, connection))
    return cast(Studio, SimpleNamespace(redis=connection, most_pixels=most_pixels))


async def test_a_size_beyond_every_workers_memory_is_refused_with_one_that_fits(
    connection: redis.Redis,
) -> None:
    task = TASK.model_copy(update={"width": 1024, "height": 576})
    studio = with_room_for(connection, 512 * 512)
    with pytest.raises(Refusal) as refused:
        await refuse_too_large(studio, task, "pocket")
    assert str(refused.value) == (
        "1024x576 needs more memory than any worker of this farm has with pocket: ask for at most 640x384."
    )
    await refuse_too_large(studio, task.model_copy(update={"width": 640, "height": 384}), "pocket")


async def test_a_worker_that_can_do_nothing_is_told_apart(connection: redis.Redis) -> None:
    with pytest.raises(Refusal, match="choose a smaller checkpoint"):
        await refuse_too_large(with_room_for(connection, 100), TASK, "pocket")


async def test_what_is_not_known_is_left_to_the_worker(connection: redis.Redis) -> None:
    large = TASK.model_copy(update={"width": 2048, "height": 2048})
    await refuse_too_large(with_room_for(connection, None), large, "pocket")


async def test_what_counts_is_what_the_checkpoint_renders(connection: redis.Redis) -> None:
    studio = with_room_for(connection, SMALL)
    larger = Upscale(image="ab" * 32, prompt="a tree", factor=4)
    await refuse_too_large(studio, larger, "pocket")
    detail = Detail(side=128, strength=0.3, sampler=Sampler.EULER, guidance_scale=4, seed=1)
    with pytest.raises(Refusal, match="128x128 needs more memory"):
        await refuse_too_large(studio, larger.model_copy(update={"detail": detail}), "pocket")


async def test_a_member_is_refused_in_private_and_nothing_is_queued(chat: Chat) -> None:
    await eventually(lambda: all(card.largest for card in workers(chat.studio.redis)))
    (card,) = workers(chat.studio.redis)
    most = card.most_pixels("pocket")
    assert most is not None
    assert most > 128 * 128, "a real worker tells it after its first picture"
    chat.studio.redis.delete(f"darkroom:worker:{card.name}")
    studio = with_room_for(chat.studio.redis, SMALL)
    try:
        run = await chat.ada.command(chat.channel, "imagine", prompt="a tree")
        answer = await run.message()
    finally:
        studio.redis.delete("darkroom:worker:one")
    assert answer.ephemeral
    assert "128x128 needs more memory than any worker of this farm has with pocket" in answer.content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
