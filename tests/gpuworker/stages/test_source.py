"""The stage of each kind of start."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from gpuworker.stages.bench import JobFailed
from gpuworker.stages.source import STAGES, fetch_source
from moderation.pictures import Detector
from storage.starts import Start, Whole
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import FakeDetector, bench_of

DETECTOR = cast(Detector, FakeDetector())


@pytest.mark.parametrize("kind", Start.__subclasses__())
def test_each_kind_has_a_stage_in_the_file_of_its_name(kind: type[Start]) -> None:
    assert STAGES[kind].__module__ == f"gpuworker.stages.{kind.model_fields['kind'].default}"


def test_there_is_no_stage_without_a_kind() -> None:
    assert set(STAGES) == set(Start.__subclasses__())


def test_words_alone_start_from_nothing(tmp_path: Path) -> None:
    job = a_job()
    made = fetch_source(job, imagined(job), bench_of(tmp_path), DETECTOR)
    assert (made.picture, made.rounds, made.at_once) == (None, 1, 1)
    assert made.starts(0, None) == [None]


def test_a_picture_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    job = a_job()
    task = imagined(job).model_copy(update={"start": Whole(image="ab" * 32)})
    with pytest.raises(JobFailed, match="no longer kept"):
        fetch_source(job, task, bench_of(tmp_path), DETECTOR)
