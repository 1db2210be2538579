"""One picture inside the engine: what is asked for, and what is told on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from storage.jobs import Noise, Sampler


@dataclass(frozen=True, slots=True)
class StepDone:
    """Told after each denoising step of a request, on the engine's thread: return quickly.

    `preview` draws the picture as the sampler expects it to end, through a linear map, a pixel for each
    latent; it costs microseconds but must be called, if at all, before the callback returns.
    """

    step: int
    steps: int
    preview: Callable[[], Image.Image]


@dataclass(frozen=True, slots=True)
class Request:
    """One picture to render.

    `width` and `height` are pixels, multiples of those that one latent stands for (8 in Stable Diffusion).
    `deadline` is on the clock of `time.monotonic()`.
    """

    checkpoint: str
    prompt: str
    negative_prompt: str
    width: int
    height: int
    steps: int
    sampler: Sampler
    guidance_scale: float
    noise: Noise
    deadline: float | None = None
    on_step: Callable[[StepDone], None] | None = None
