"""Which files are the weights of a part, whether they are complete, and their hash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.weights import (
    Weights,
    count_numbers,
    find_weights,
    read_json,
    tensor_names,
)


def write(file: Path, *names: str) -> Path:
    save_file({name: torch.zeros(2, 3) for name in names}, file)
    return file


def write_shards(folder: Path, infix: str = "") -> list[Path]:
    """Two shards of `model` and the index of them."""
    shards = [
        write(folder / f"model{infix}-0000{place}-of-00002.safetensors", f"w{place}") for place in (1, 2)
    ]
    index = {"weight_map": {f"w{place}": shard.name for place, shard in enumerate(shards, 1)}}
    (folder / f"model.safetensors.index{infix}.json").write_text(json.dumps(index))
    return shards


def test_full_precision_is_preferred_whole_or_in_shards(tmp_path: Path) -> None:
    half = write_shards(tmp_path, ".fp16")
    assert find_weights(tmp_path, "model") == Weights(tuple(half), "fp16")
    whole = write(tmp_path / "model.safetensors", "w")
    assert find_weights(tmp_path, "model") == Weights((whole,), None)
    shards = write_shards(tmp_path)
    assert find_weights(tmp_path, "model") == Weights(tuple(shards), None)


def test_another_name_is_no_weight_of_the_part(tmp_path: Path) -> None:
    write(tmp_path / "diffusion_pytorch_model.safetensors", "w")
    with pytest.raises(
        CheckpointError, match=r"model\.safetensors is missing, the download was not finished"
    ):
        find_weights(tmp_path, "model")


def test_the_header_has_names_and_counts(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one.safetensors", "a", "b"), write(tmp_path / "other.safetensors", "c")
    assert tensor_names(one) == {"a", "b"}
    assert count_numbers([one, other]) == 3 * 6


@pytest.mark.parametrize("size", [0, 5, 60, -1])
def test_a_file_that_is_cut_off_is_noticed_by_its_header(tmp_path: Path, size: int) -> None:
    file = write(tmp_path / "half.safetensors", "a", "b")
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(CheckpointError, match=r"half\.safetensors is cut off or damaged .*download it again"):
        tensor_names(file)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "is missing"),
        (b"{", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"[]", "is not a configuration"),
    ],
)
def test_a_configuration_is_an_object(tmp_path: Path, content: bytes | None, fault: str) -> None:
    file = tmp_path / "config.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"config.json .*{fault}.*: download"):
        read_json(file)
    file.write_text('{"a": 1}')
    assert read_json(file) == {"a": 1}
