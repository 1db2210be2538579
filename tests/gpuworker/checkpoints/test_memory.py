"""How the memory that a worker may fill is shared out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gpuworker.checkpoints import memory as memory_module
from gpuworker.checkpoints.memory import Memory, readable

CPU = torch.device("cpu")


def test_weights_have_a_half_and_passes_the_rest() -> None:
    memory = Memory(1000)
    assert memory.weights == 500
    assert memory.room(100) == memory.room(500) == 450, "whatever else is loaded"
    assert memory.room(800) == 180, "one that takes more than a half leaves the rest"
    assert memory.room(1200) < 0


@pytest.mark.parametrize("weights", [10_000, 5_000_000, 80_000_000])
def test_what_is_needed_for_a_room_leaves_it(weights: int) -> None:
    room = 9_000_000
    needed = Memory.needed(room, weights)
    assert Memory(needed).room(weights) == pytest.approx(room, abs=2)
    assert Memory(needed - 1000).room(weights) < room


def test_a_limit_of_the_container_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory_module, "_CGROUP_LIMIT", limit)
    unlimited = Memory.of(CPU)
    assert unlimited.total > 10**8
    limit.write_text("max\n")
    assert Memory.of(CPU) == unlimited
    limit.write_text("10000000\n")
    assert Memory.of(CPU) == Memory(8_000_000)


def test_a_card_counts_by_what_is_free_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2_000_000, 9_000_000))
    assert Memory.of(torch.device("cuda")) == Memory(1_800_000)


def test_what_else_is_there_is_left_its_room() -> None:
    assert Memory(1000).beside(300) == Memory(700)
    assert Memory(1000).beside(900) == Memory(500), "pictures come first"


def test_sizes_are_written_as_people_read_them() -> None:
    assert (readable(6_000_000_000), readable(1_300_000), readable(512)) == ("6.0 GB", "1.3 MB", "512 B")
