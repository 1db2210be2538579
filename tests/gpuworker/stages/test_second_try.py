"""Which pictures are made another time, and how."""

from __future__ import annotations

import pytest
from PIL import Image

from gpuworker.stages.review import Made
from gpuworker.stages.second_try import second_try, to_try_again, tried_again
from moderation.findings import PINNED_DETECTOR, Findings
from moderation.verdict import Action, Verdict
from storage.events import Picture
from storage.jobs import Imagine
from storage.noise import MAX_SEED, Noise
from tests.conftest import a_job, imagined
from tests.storage.recipes import RECIPE


def made(rule: str | None, action: Action = Action.BLOCK) -> Made:
    verdict = Verdict() if rule is None else Verdict.of(action, rule, "it", "No.")
    picture = Picture(blob=None, recipe=RECIPE, findings=Findings(detector=PINNED_DETECTOR), verdict=verdict)
    return Made(Image.new("RGB", (8, 8)), picture)


@pytest.mark.parametrize(
    ("rules", "wanted", "places"),
    [
        ([None, "nudity", None], 3, [1]),
        (["nudity", "nudity"], 2, [0, 1]),
        (["nudity", "nudity", None, None], 3, [0]),
        (["nudity", None, None], 2, []),
        (["detector", "minors", None], 3, []),
        ([None], 1, []),
        (["anatomy", "nudity", None], 3, [0, 1]),
    ],
    ids=[
        "one",
        "all",
        "as many as are missing",
        "enough for the best",
        "no other rule",
        "none",
        "three arms",
    ],
)
def test_nude_and_wrong_pictures_are_made_again_while_some_are_missing(
    rules: list[str | None], wanted: int, places: list[int]
) -> None:
    assert to_try_again([made(rule) for rule in rules], wanted) == places


def test_what_only_warns_is_not_made_again() -> None:
    assert to_try_again([made("nudity", Action.WARN)], 1) == []


def test_each_try_has_other_seeds_and_keeps_everything_else() -> None:
    task = imagined(a_job(pictures=3)).model_copy(update={"negative_prompt": "rain", "best": 2})
    first, second = (second_try(task, [0, 2], number, nude=True) for number in (1, 2))
    seeds = [noise.seed for each in (task, first, second) for noise in each.noises]
    assert len(set(seeds)) == 7
    assert (first.negative_prompt, first.best) == ("rain, nude, naked, bare", None)
    assert first.prompt == task.prompt
    highest = task.model_copy(update={"noises": (Noise(seed=MAX_SEED),)})
    assert 0 <= second_try(highest, [0], 2).noises[0].seed <= MAX_SEED


def test_who_was_only_drawn_wrong_is_not_steered_from_nudity() -> None:
    task = imagined(a_job(pictures=2)).model_copy(update={"negative_prompt": "rain"})
    assert second_try(task, [1], 1).negative_prompt == "rain"


def test_each_try_is_remembered_and_only_what_is_still_wrong_is_tried_again() -> None:
    asked = []

    def make(task: Imagine, number: int) -> list[Made]:
        asked.append((number, [noise.seed for noise in task.noises]))
        return [made("anatomy" if number == 1 else None) for _ in task.noises]

    task = imagined(a_job(pictures=2))
    first = [made(None), made("anatomy")]
    right, last = tried_again(first, task, make, lambda made, number: None)
    assert right is first[0]
    assert not last.picture.verdict.blocked
    assert [each.is_wrong for each in last.before] == [True, True]
    assert [number for number, _ in asked] == [1, 2]


def test_a_rescued_picture_is_not_made_again() -> None:
    def make(task: Imagine, number: int) -> list[Made]:
        raise AssertionError("nothing is left to make")

    wrong, good = made("anatomy"), made(None)
    (kept,) = tried_again([wrong], imagined(a_job()), make, lambda made, number: good.instead_of(made))
    assert kept.before == (wrong,)
