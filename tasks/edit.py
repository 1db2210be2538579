"""The job of changing one thing in a picture and leaving the rest alone."""

from __future__ import annotations

from moderation.told import Told
from storage.jobs import Imagine, Sampling
from storage.noise import Noise
from storage.starts import Edit
from tasks.size import size_like

GUIDANCE_SCALE = 6.0
"""It scales how much the texts differ. Of sixteen drawings all got their new colour at 6, and 15 at 8, and
what was around them came back at 36 dB at the one and at 32 dB at the other."""


class NothingToChange(ValueError):
    """The texts do not differ; the message is a sentence."""


def check_texts(shows: str, prompt: str) -> None:
    """Raise NothingToChange if what a picture shows and what it shall show are the same words."""
    if shows.split() == prompt.split():
        raise NothingToChange(
            Told(
                "Both texts say the same, so nothing would change: write the second one as the first, "
                "with other words for what shall change."
            )
        )


def edit_task(
    like: Sampling, image: str, shape: tuple[int, int], shows: str, side: int, noise: Noise
) -> Imagine:
    """Build the task of making a picture, which now `shows` something else, show the prompt of `like`.

    `image` is a blob of `shape`, width and height in pixels.
    """
    width, height = size_like(*shape, side)
    start = Edit(image=image, shows=shows)
    return like.with_noises(noise, width=width, height=height, guidance_scale=GUIDANCE_SCALE, start=start)
