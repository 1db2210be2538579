"""Passes that fail: only the culprit's picture is lost."""

from __future__ import annotations

import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import RenderError
from tests.gpuworker.engine.support import (
    difference,
    drain,
    failure,
    plain,
    render_alone,
    replaced_forward,
    weighted,
)


def test_numbers_out_of_range_lose_their_own_picture_only(checkpoints: CheckpointStore) -> None:
    def unet(forward, latents, *args, **kwargs):  # type: ignore[no-untyped-def]
        (predicted,) = forward(latents, *args, **kwargs)
        predicted[0] = torch.nan
        return (predicted,)

    engine = Engine(checkpoints)
    poisoned, mate = engine.submit(plain(seed=2)), engine.submit(plain())
    with replaced_forward(checkpoints.get("tiny").model.networks["unet"], unet):
        engine.step()
    drain(engine)
    assert isinstance(failure(poisoned), RenderError)
    assert "range" in str(failure(poisoned))
    assert difference(mate.result(0), render_alone(checkpoints, plain())) <= 1


def test_the_culprit_of_a_failing_batch_is_found(checkpoints: CheckpointStore) -> None:
    tiny = checkpoints.get("tiny")
    with torch.inference_mode():
        (cursed,) = tiny.encode_prompt(weighted("cursed"))

    def unet(forward, latents, timesteps, prompts, **kwargs):  # type: ignore[no-untyped-def]
        if any(torch.equal(prompt, cursed[0]) for prompt in prompts):
            raise ValueError("cursed")
        return forward(latents, timesteps, prompts, **kwargs)

    engine = Engine(checkpoints)
    futures = [engine.submit(plain(prompt=prompt)) for prompt in ("red", "cursed", "blue")]
    with replaced_forward(tiny.model.networks["unet"], unet):
        drain(engine)
    assert str(failure(futures[1])) == "cursed"
    for future, prompt in ((futures[0], "red"), (futures[2], "blue")):
        assert difference(future.result(0), render_alone(checkpoints, plain(prompt=prompt))) <= 1


def test_pictures_that_cannot_be_decoded_together_are_decoded_alone(checkpoints: CheckpointStore) -> None:
    def decoder(forward, latents, *args, **kwargs):  # type: ignore[no-untyped-def]
        if len(latents) > 1:
            raise ValueError("one at a time")
        return forward(latents, *args, **kwargs)

    engine = Engine(checkpoints)
    futures = [engine.submit(plain(seed=i)) for i in range(3)]
    with replaced_forward(checkpoints.get("tiny").model.networks["vae"].decoder, decoder):
        drain(engine)
    assert all(future.result(0) for future in futures)
