"""The hops of the load benchmark, from what a real worker notes."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import redis

from gpuworker import worker
from gpuworker.workplace import Workplace
from tests.benchmarks.hops import HOPS, note_hops, p95_of_hops, read_hops
from tests.conftest import a_job
from tests.gpuworker.conftest import place
from tests.gpuworker.fake_farm import STEP_SECONDS, serving
from tests.gpuworker.jobs import result_of

__all__ = ["place"]


def test_a_worker_notes_when_a_job_was_queued_taken_and_done(
    connection: redis.Redis, place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("was_published", "publish_result"):
        monkeypatch.setattr(worker, name, getattr(worker, name))  # so that they come back
    note_hops(tmp_path / "hops")
    job, began = a_job(steps=10), time.time()
    with serving(place):
        result_of(connection, job)
    (moments,) = [read_hops([tmp_path / "hops"])[job.id]]
    # The queue's own moment is in whole microseconds.
    assert began - 0.01 <= moments["queued"] <= moments["taken"] + 0.01
    assert moments["result"] - moments["taken"] > 10 * STEP_SECONDS
    assert moments["result"] <= time.time()


def test_each_hop_is_told_apart(tmp_path: Path) -> None:
    lines = [
        {"job": f"{number}", "queued": number + 1.0, "taken": number + 3.0, "result": number + 6.0}
        for number in range(40)
    ]
    (tmp_path / "hops").write_text("".join(json.dumps(line) + "\n" for line in lines))
    asked = {f"{number}": (float(number), number + 10.0) for number in range(50)}
    told = p95_of_hops(asked, read_hops([tmp_path / "hops"]))
    assert told["followed"] == 40, "of ten nothing was noted"
    assert [told[f"{hop}_p95_s"] for hop in HOPS] == [1.0, 2.0, 3.0, 4.0]


def test_of_a_job_that_two_workers_had_the_first_result_counts(tmp_path: Path) -> None:
    for name, taken, result in (("1", 5.0, 9.0), ("2", 3.0, 12.0)):
        lines = [{"job": "a", "queued": 1.0, "taken": taken}, {"job": "a", "result": result}]
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    noted = read_hops(sorted(tmp_path.iterdir()))
    assert noted == {"a": {"queued": 1.0, "taken": 3.0, "result": 9.0}}


def test_of_too_few_nothing_is_told() -> None:
    assert p95_of_hops({"a": (0.0, 1.0)}, {}) == {"followed": 0}
