"""Pictures that came out nude where nobody asked for it: they are made again, and nobody is blamed."""

from __future__ import annotations

from collections.abc import Sequence

from gpuworker.stages.review import Made
from storage.jobs import Imagine
from storage.noise import MAX_SEED, Noise

MOST_TRIES = 3
"""How often a picture is made at most, the first time included."""
_STEER_AWAY = "nude, naked, bare"
_STEP = 1_000_003
"""Between the seeds of two tries: far from those of the job's other pictures, which follow each other."""


def to_try_again(made: Sequence[Made], wanted: int) -> list[int]:
    """List the places of the pictures to make again, so that `wanted` of them may be shown.

    Only nudity that a policy keeps back is worth another try: the other rules would say the same again.
    """
    clean = sum(not each.picture.verdict.blocked for each in made)
    nude = [place for place, each in enumerate(made) if _is_nude(each)]
    return nude[: max(0, wanted - clean)]


def _is_nude(made: Made) -> bool:
    verdict = made.picture.verdict
    return verdict.blocked and all(reason.rule == "nudity" for reason in verdict.reasons)


def second_try(task: Imagine, places: Sequence[int], number: int) -> Imagine:
    """Give the task that makes the pictures of these places again, for the try of that number, from 1.

    It has other seeds, and the negative prompt steers away from what came out. Both stand in the recipes, so
    that a picture can be made again as it is.
    """
    noises = tuple(_other(task.noises[place], number) for place in places)
    negative = ", ".join(filter(None, (task.negative_prompt, _STEER_AWAY)))
    return task.model_copy(update={"noises": noises, "negative_prompt": negative, "best": None})


def _other(noise: Noise, number: int) -> Noise:
    return noise.model_copy(update={"seed": (noise.seed + number * _STEP) % (MAX_SEED + 1)})
