"""What a training found out before its first step, as another worker reads it."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load, save

from gpuworker.training.begun import Begun
from gpuworker.training.state import TrainingState

VECTORS = (torch.randn(2, 4), torch.randn(2, 6))
BEGUN = Begun(("a red tree", "ein grüner Baum"), VECTORS)
STATE = TrainingState.beginning(VECTORS, squares=tuple(each[:, :1] for each in VECTORS))


def changed(**tensors: torch.Tensor) -> bytes:
    return save({**load(BEGUN.beside(STATE)), **tensors})


def named(names: object) -> bytes:
    said = json.dumps(names).encode()
    return changed(**{"begun.names": torch.tensor(list(said), dtype=torch.uint8)})


def test_it_is_read_as_it_was_written_and_so_is_the_state_beside_it() -> None:
    noted = BEGUN.beside(STATE)
    read = Begun.from_bytes(noted, 2, (4, 6))
    assert read.names == BEGUN.names
    assert all(map(torch.equal, read.vectors, VECTORS))
    assert all(map(torch.equal, TrainingState.from_bytes(noted, STATE).vectors, STATE.vectors))


def test_where_no_word_is_learned_only_names_are() -> None:
    noted = Begun(("a red tree",), ()).beside(STATE)
    assert Begun.from_bytes(noted, 2, ()).names == ("a red tree",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        STATE.to_bytes(),
        named([]),
        named("a red tree"),
        named([1]),
        changed(**{"begun.names": torch.zeros(3)}),
        changed(**{"begun.names": torch.full((3,), 300)}),
        changed(**{"begun.0": torch.zeros(3, 4)}),
        changed(**{"begun.1": torch.full((2, 6), torch.inf)}),
        changed(**{"begun.1": torch.zeros(2, 6, dtype=torch.float64)}),
    ],
)
def test_what_is_of_no_such_training_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="began"):
        Begun.from_bytes(data, 2, (4, 6))
