"""The job of giving the people in a picture better faces."""

from __future__ import annotations

from storage.jobs import Imagine, Sampling
from storage.noise import Noise
from storage.starts import Faces
from tasks.presets import guidance_chosen


def new_faces(like: Sampling, start: Faces, side: int, noise: Noise) -> Imagine:
    """Build the task of rendering the faces in a picture again, with the words and steps of `like`.

    Each is rendered in a square of `side`, what the checkpoint was trained on.
    """
    return like.with_noises(noise, width=side, height=side, guidance_scale=guidance_chosen(like), start=start)
