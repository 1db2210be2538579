"""Jobs: what they hand over, and how much work they are."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from storage.jobs import Imagine
from storage.noise import Noise
from storage.starts import Edit, Faces, Whole
from tests.conftest import a_job, imagined
from tests.storage.recorded import IMAGE


def test_work_counts_the_steps_that_are_made() -> None:
    task = imagined(a_job(pictures=3, steps=20))
    assert task.picture_steps == 60
    assert task.model_copy(update={"start": Whole(image=IMAGE, strength=0.5)}).picture_steps == 30
    assert task.model_copy(update={"start": Edit(image=IMAGE, strength=0.5, shows="x")}).picture_steps == 60
    assert task.model_copy(update={"start": Whole(image=IMAGE, strength=0.001)}).picture_steps == 3


def test_a_job_hands_over_no_more_than_a_message_holds() -> None:
    fields = imagined(a_job()).model_dump()
    five = tuple(Noise(seed=seed) for seed in range(5))
    with pytest.raises(ValidationError, match="at most 4 pictures"):
        Imagine.model_validate({**fields, "noises": five})
    assert Imagine.model_validate({**fields, "noises": five, "best": 4}).pictures == 4
    with pytest.raises(ValidationError, match="the best 3 of 2"):
        Imagine.model_validate({**fields, "noises": five[:2], "best": 3})


def test_faces_are_separate_with_one_picture_only() -> None:
    fields = imagined(a_job(pictures=2)).model_dump()
    with pytest.raises(ValidationError, match="with one picture only"):
        Imagine.model_validate({**fields, "start": Faces(image=IMAGE, separate=True)})
    assert Imagine.model_validate({**fields, "start": Faces(image=IMAGE)}).pictures == 2


def test_what_is_drawn_over_a_tile_is_none() -> None:
    tile = imagined(a_job()).model_copy(update={"seamless": True})
    noise, start = Noise(seed=1), Whole(image="ab" * 32)
    assert tile.with_noises(noise).seamless
    assert not tile.with_noises(noise, start=start).seamless
