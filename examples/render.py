"""Renders two pictures with the engine alone: no Discord, no Redis, no job. `python examples/render.py`."""

from pathlib import Path

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import Request
from storage.jobs import Noise
from storage.samplers import Sampler


def a_request(prompt: str, steps: int, sampler: Sampler) -> Request:
    """Ask for a picture of 128 x 128 pixels from the checkpoint that ships."""
    return Request("pocket", prompt, "", 128, 128, steps, sampler, guidance_scale=4.0, noise=Noise(seed=7))


with Engine(CheckpointStore(Path("checkpoints"), device="cpu")) as engine:
    circle = engine.submit(a_request("a big red circle in the middle over the sea", 20, Sampler.DPMPP_2M))
    house = engine.submit(
        a_request("a blue house in the middle over the snow", 12, Sampler.EULER_A)
    )  # shares the batch
    for name, picture in {"circle": circle, "house": house}.items():
        picture.result().save(f"{name}.png")
