"""What was found out about weights is remembered, for as long as they stay as they are."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from gpuworker.checkpoints.known import KnownWeights
from gpuworker.checkpoints.store import CheckpointStore
from pocket import CHECKPOINT
from pocket.checkpoint.single_file import write_single_file


def test_the_hash_is_that_of_the_files_in_a_row_and_follows_their_changes(tmp_path: Path) -> None:
    known = KnownWeights()
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"abc")
    other.write_bytes(b"def")
    assert known.sha256([one, other]) == hashlib.sha256(b"abcdef").hexdigest()
    assert known.sha256([other, one]) == hashlib.sha256(b"defabc").hexdigest()
    one.write_bytes(b"xyz")
    os.utime(one, ns=(1, 1))
    assert known.sha256([one, other]) == hashlib.sha256(b"xyzdef").hexdigest()


def test_it_is_read_once_as_long_as_it_stays_the_same(tmp_path: Path) -> None:
    file, known = tmp_path / "large", KnownWeights()
    file.write_bytes(b"abc")
    os.utime(file, ns=(1, 1))
    first = known.sha256([file])
    file.write_bytes(b"xyz")
    os.utime(file, ns=(1, 1))
    assert known.sha256([file]) == first, "of the same size and time, it was not read again"


def test_the_next_run_hashes_nothing_that_has_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for file in (one, other):
        file.write_bytes(file.name.encode())
    first = KnownWeights(tmp_path / "home" / "weights.json")
    sha256 = first.sha256([one, other])
    monkeypatch.setattr("hashlib.sha256", lambda: pytest.fail("it was read again"))
    second = KnownWeights(tmp_path / "home" / "weights.json")
    assert second.sha256([one, other]) == sha256
    assert second.known_sha256([one]) is None
    other.replace(one)  # of another inode
    one.rename(other)
    one.write_bytes(b"one")
    assert second.known_sha256([one, other]) is None


def test_two_workers_forget_nothing_of_each_other(tmp_path: Path) -> None:
    one, other = KnownWeights(tmp_path / "weights.json"), KnownWeights(tmp_path / "weights.json")
    for known, name in ((one, "a"), (other, "b")):
        (tmp_path / name).write_bytes(name.encode())
        known.note_loaded(known.sha256([tmp_path / name]), "epsilon" if name == "a" else None)
    third = KnownWeights(tmp_path / "weights.json")
    assert third.was_loaded([tmp_path / "a"])
    assert third.was_loaded([tmp_path / "b"])
    assert third.measured_prediction([tmp_path / "a"]) == "epsilon"
    assert third.measured_prediction([tmp_path / "b"]) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"hashes": [[1]], "loaded": {}}', bytes(9)])
def test_a_damaged_memory_is_no_memory(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "weights.json").write_bytes(content)
    known = KnownWeights(tmp_path / "weights.json")
    (tmp_path / "a").write_bytes(b"abc")
    assert known.sha256([tmp_path / "a"]) == hashlib.sha256(b"abc").hexdigest()
    assert KnownWeights(tmp_path / "weights.json").known_sha256([tmp_path / "a"]) is not None


def test_what_is_measured_at_loading_is_known_before_it_from_then_on(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    write_single_file(CHECKPOINT, folder / "mix.safetensors")
    schedule = folder / "mix" / "scheduler" / "scheduler_config.json"
    schedule.write_text(schedule.read_text().replace("v_prediction", "whatever"))
    store = CheckpointStore(folder, "cpu", known=KnownWeights(tmp_path / "weights.json"))
    assert store.describe("mix").is_uncertain
    assert store.get("mix").scheduler_config["prediction_type"] == "v_prediction"
    again = CheckpointStore(folder, "cpu", known=KnownWeights(tmp_path / "weights.json"))
    found = again.describe("mix")
    assert (found.is_uncertain, found.said.prediction) == (False, "v_prediction")
