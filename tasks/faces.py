"""The job of giving the people in a picture better faces."""

from __future__ import annotations

from storage.jobs import Faces, Imagine, Noise, Sampling, Start
from tasks.presets import guidance_chosen

STRENGTH = 0.85
"""A face that is a smear gives little to hold on to; half of a smear is one still."""


def new_faces(
    like: Sampling, image: str, asked: Faces, side: int, noise: Noise, strength: float = STRENGTH
) -> Imagine:
    """The task of rendering the faces in a picture, a blob, again, with the words and steps of `like`.

    Each is rendered in a square of `side`, what the checkpoint was trained on.
    """
    start = Start(image=image, strength=strength, faces=asked)
    return like.with_noises(noise, width=side, height=side, guidance_scale=guidance_chosen(like), start=start)
