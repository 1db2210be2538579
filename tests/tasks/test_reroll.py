"""The job of making pictures again."""

from __future__ import annotations

from tasks.reroll import rerolled
from tests.conftest import a_job, imagined


def test_as_many_are_made_again_or_one_in_place_of_one() -> None:
    task = imagined(a_job())
    sixteen = task.model_copy(update={"noises": task.noises * 16, "best": 2})
    again = rerolled(sixteen, one=False)
    assert (len(again.noises), again.best, again.prompt) == (16, 2, task.prompt)
    assert len({noise.seed for noise in again.noises} | {task.noises[0].seed}) == 17
    alone = rerolled(sixteen, one=True)
    assert (len(alone.noises), alone.best) == (1, None)
