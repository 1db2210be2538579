"""What is there of a model, and whether it is what it should be."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from gpuworker.models.inventory import (
    expected_sum,
    faults,
    megabytes,
    note_sums,
    noted_sums,
    pickled_file,
    staging,
    standing,
    unverified,
)
from gpuworker.registry import Entry, entry_of
from storage.settings import Settings
from tests.gpuworker.models.hub import write_registry

WEIGHTS = save({"weight": np.zeros(100, np.float32)})
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def entry(settings: Settings) -> Entry:
    """A CLIP of two files, the weights with their published size and sum."""
    weights = f'"model.safetensors" = {{ size = {len(WEIGHTS)}, sha256 = "{SHA256}" }}'
    files = ['"config.json" = {}', weights]
    write_registry(settings.models_file, "my-clip", files, kind="clip", hub="some/clip")
    return entry_of("my-clip", settings)


def put(entry: Entry, settings: Settings, config: bytes = b"{}", weights: bytes = WEIGHTS) -> Path:
    folder = entry.place(settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_bytes(config)
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def test_it_is_missing_then_here(entry: Entry, settings: Settings) -> None:
    found = standing(entry, settings)
    assert (found.state, found.says) == ("missing", "run darkroom models fetch my-clip")
    put(entry, settings)
    assert standing(entry, settings).model_dump() == {"state": "here", "says": "", "begun": 0}


def test_what_has_come_of_an_unfinished_fetch_is_counted(entry: Entry, settings: Settings) -> None:
    part = staging(entry, settings) / "model.safetensors.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(2_500_000))
    found = standing(entry, settings)
    assert (found.state, found.begun) == ("missing", 2_500_000)
    assert "it goes on after the 2.5 MB that have come" in found.says


def test_a_part_of_it_or_another_size_is_wrong(entry: Entry, settings: Settings) -> None:
    folder = put(entry, settings, weights=WEIGHTS[:-1])
    found = standing(entry, settings)
    assert found.state == "wrong"
    assert f"has {len(WEIGHTS) - 1} bytes instead of {len(WEIGHTS)}" in found.says
    (folder / "config.json").unlink()
    assert standing(entry, settings).says.startswith(f"{folder / 'config.json'} is missing: run darkroom")


def test_every_fault_is_found_by_reading(entry: Entry, settings: Settings) -> None:
    folder = put(entry, settings)
    assert list(faults(entry, settings)) == []
    assert unverified(entry, settings) == ["config.json"]
    note_sums(entry, settings, {"config.json": hashlib.sha256(b"{}").hexdigest()})
    assert unverified(entry, settings) == []
    put(entry, settings, config=b"[]", weights=WEIGHTS[:-1] + b"\x01")
    said = list(faults(entry, settings))
    assert [fault.split(" is ")[0] for fault in said] == [
        str(folder / name) for name in ("config.json", "model.safetensors")
    ]
    assert all("its checksum differs" in fault for fault in said)
    (folder / "model.safetensors").unlink()
    assert f"{folder / 'model.safetensors'} is missing" in list(faults(entry, settings))[1]


def test_without_any_sum_a_damaged_safetensors_is_noticed(settings: Settings) -> None:
    write_registry(settings.models_file, "mine", ['"m.safetensors" = {}'], kind="clip", hub="me/mine")
    entry = entry_of("mine", settings)
    place = entry.file_place(entry.files[0], settings)
    place.parent.mkdir(parents=True)
    place.write_bytes(WEIGHTS[:50])
    (fault,) = faults(entry, settings)
    assert "m.safetensors is cut off or damaged" in fault


def test_the_published_sum_counts_before_the_noted_one(entry: Entry) -> None:
    config, weights = entry.files
    noted = {"config.json": "a" * 64, "model.safetensors": "b" * 64}
    assert expected_sum(entry, config, noted) == "a" * 64
    assert expected_sum(entry, weights, noted) == SHA256
    assert expected_sum(entry, config, {}) is None


def test_notes_that_cannot_be_read_are_none(entry: Entry, settings: Settings) -> None:
    note = entry.place(settings).with_name(".my-clip.sha256.json")
    note.parent.mkdir(parents=True)
    for content in ("[", "[1]", "null"):
        note.write_text(content)
        assert noted_sums(entry, settings) == {}


PICKLES = [
    ("clip", '"model.bin" = {}', True),
    ("upscaler", '"x4.pth" = {}', False),
    ("upscaler", '"x4.pt" = {}', True),
    ("faces", '"face.pth" = {}', False),
    ("detector", '"face.pt" = {}', True),
    ("detector", f'"face.pt" = {{ sha256 = "{SHA256}" }}', False),
    ("clip", '"model.safetensors" = {}', False),
]


@pytest.mark.parametrize(("kind", "file", "is_refused"), PICKLES)
def test_pickles_are_refused_but_for_those_that_a_restricted_reader_opens(
    settings: Settings, kind: str, file: str, is_refused: bool
) -> None:
    write_registry(settings.models_file, "mine", [file], kind=kind, hub="me/mine")
    entry = entry_of("mine", settings)
    assert (pickled_file(entry) is not None) is is_refused
    state = standing(entry, settings).state
    assert state == ("refused" if is_refused else "missing")


@pytest.mark.parametrize(
    ("size", "written"),
    [(4_265_146_304, "4.27 GB"), (13_700_000, "14 MB"), (2_540_000, "2.5 MB"), (20, "0.1 MB")],
)
def test_sizes_are_written_as_an_operator_reads_them(size: int, written: str) -> None:
    assert megabytes(size) == written
