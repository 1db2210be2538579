"""The job of taking a draft further, from what it shows already."""

from __future__ import annotations

from storage.fields import BlobHash
from storage.jobs import Imagine, Sampling
from storage.recipe import Recipe
from storage.served import Usual
from storage.starts import Whole
from tasks.presets import Quality

STRENGTH = 0.45
"""Draws edges and surfaces anew, and leaves things where they are."""


def is_draft(like: Sampling) -> bool:
    """Say whether a picture was drawn from words in fewer steps than are usual, so that it may be finished.

    What is done over a picture is no seamless tile any more, so those are not.
    """
    return like.steps < Quality.STANDARD.effort.steps and like.start is None and not like.seamless


def finished(draft: Recipe, image: BlobHash, usual: Usual) -> Imagine:
    """Build the task of drawing the last part of a draft again, in the steps of the finest quality.

    `image` is its blob. It gets its own noise again, as much of it as was left in it at that point: so the
    way down begins where the draft's own went through, which fresh noise would leave.
    """
    effort = Quality.FINE.effort_with(usual)
    start = Whole(image=image, strength=STRENGTH)
    changed = {"start": start, "steps": effort.steps, "sampler": effort.sampler}
    return draft.with_noises(draft.noise, hashes=draft.hashes, **changed)
