"""Pictures that came out as nobody asked for, nude or with three arms: they are made again, without blame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from gpuworker.stages.review import Made
from storage.jobs import Imagine
from storage.noise import MAX_SEED, Noise

MOST_TRIES = 3
"""How often a picture is made at most, the first time included."""
_STEER_AWAY = "nude, naked, bare"
_STEP = 1_000_003
"""Between the seeds of two tries: far from those of the job's other pictures, which follow each other."""


Make: TypeAlias = Callable[[Imagine, int], list[Made]]
"""Makes and judges the pictures of a task, in the try of a number."""


def tried_again(
    made: Sequence[Made], task: Imagine, make: Make, rescue: Callable[[Made, int], Made | None]
) -> list[Made]:
    """Make those again that need it, a few times, and give what came of it, in the same order.

    `rescue` gives what could be kept of a picture with somebody drawn wrong, or None. Raises what they raise.
    """
    made = list(made)
    for number in range(1, MOST_TRIES):
        places = to_try_again(made, task.best or len(made))
        for place in [place for place in places if made[place].is_wrong]:
            if (kept := rescue(made[place], number)) is not None:
                made[place] = kept
                places.remove(place)
        nudes = [place for place in places if made[place].is_nude]
        others = [place for place in places if not made[place].is_nude]
        for nude, few in ((True, nudes), (False, others)):
            again = make(second_try(task, few, number, nude=nude), number) if few else []
            for place, other in zip(few, again, strict=True):
                made[place] = other.instead_of(made[place])
    return made


def to_try_again(made: Sequence[Made], wanted: int) -> list[int]:
    """List the places of the pictures to make again, so that `wanted` of them may be shown.

    Only nudity that a policy keeps back and people drawn wrong are worth another try: the other rules would
    say the same again.
    """
    clean = sum(not each.picture.verdict.blocked for each in made)
    wrong = [place for place, each in enumerate(made) if each.is_nude or each.is_wrong]
    return wrong[: max(0, wanted - clean)]


def second_try(task: Imagine, places: Sequence[int], number: int, *, nude: bool = False) -> Imagine:
    """Give the task that makes the pictures of these places again, for the try of that number, from 1.

    It has other seeds, and if they came out `nude` the negative prompt steers away from that. Both stand in
    the recipes, so that a picture can be made again as it is.
    """
    noises = tuple(other_noise(task.noises[place], number) for place in places)
    negative = ", ".join(filter(None, (task.negative_prompt, _STEER_AWAY if nude else "")))
    return task.model_copy(update={"noises": noises, "negative_prompt": negative, "best": None})


def other_noise(noise: Noise, number: int) -> Noise:
    """Give the noise for the try of that number."""
    return noise.model_copy(update={"seed": (noise.seed + number * _STEP) % (MAX_SEED + 1)})
