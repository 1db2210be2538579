"""The header of a safetensors file says what is in it, and whether all of it is there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.header import Described, read_header


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "a.safetensors"
    tensors = {"a.weight": torch.zeros(2, 3, dtype=torch.float16), "b": torch.tensor([])}
    save_file(tensors, file, {"modelspec.title": "A"})
    return file


def test_it_has_shapes_types_and_metadata(file: Path) -> None:
    header = read_header(file)
    assert header.tensors == {"a.weight": Described("F16", (2, 3)), "b": Described("F32", (0,))}
    assert header.metadata == {"modelspec.title": "A"}
    assert header.tensors["a.weight"].numbers == 6


def test_a_file_that_is_written_anew_is_read_anew(file: Path) -> None:
    read_header(file)
    times = file.stat()
    other = file.with_name("other")
    save_file({"c.weight": torch.zeros(2, 3, dtype=torch.float16), "b": torch.tensor([])}, other, {"t": "A"})
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(file)
    assert "c.weight" in read_header(file).tensors


def cut_off(content: bytes) -> bytes:
    return content[:-1]


def cut_off_in_the_header(content: bytes) -> bytes:
    return content[:30]


def be_empty(content: bytes) -> bytes:
    return b""


def have_a_header_of_terabytes(content: bytes) -> bytes:
    return b"\xff" * 64


def be_no_object(content: bytes) -> bytes:
    return len(b"[1]").to_bytes(8, "little") + b"[1]"


def lie_about_a_shape(content: bytes) -> bytes:
    header = json.dumps({"a": {"dtype": "F16", "shape": [5], "data_offsets": [0, 4]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(4)


@pytest.mark.parametrize(
    "damage",
    [
        cut_off,
        cut_off_in_the_header,
        be_empty,
        have_a_header_of_terabytes,
        be_no_object,
        lie_about_a_shape,
    ],
)
def test_a_damaged_file_is_refused(file: Path, damage: Callable[[bytes], bytes]) -> None:
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(CheckpointError, match=r"a\.safetensors is cut off or damaged .*download it again"):
        read_header(file)
    file.unlink()
    with pytest.raises(CheckpointError, match="missing"):
        read_header(file)
