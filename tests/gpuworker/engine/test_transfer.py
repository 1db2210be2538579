"""What goes to the device goes there without a wait, and arrives as it was."""

from __future__ import annotations

from typing import Never

import pytest
import torch

from gpuworker.engine.transfer import to_device
from tests.gpuworker.pretended_gpu import pretended_gpu

NUMBERS = torch.arange(6.0).reshape(2, 3)


def test_on_the_cpu_nothing_moves() -> None:
    assert to_device(NUMBERS, torch.device("cpu")) is NUMBERS


def test_a_gpu_gets_a_copy_without_a_wait() -> None:
    with pretended_gpu() as gpu:
        there = to_device(NUMBERS, torch.device("cuda"))
        assert (there.device.type, len(gpu.copies), gpu.waits) == ("cuda", 1, [])
        assert there.cpu().equal(NUMBERS)


def test_without_pinned_memory_it_waits_and_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(numbers: torch.Tensor) -> Never:
        raise RuntimeError("CUDA error: out of memory")

    with pretended_gpu() as gpu:
        monkeypatch.setattr(torch.Tensor, "pin_memory", refuse)
        there = to_device(NUMBERS, torch.device("cuda"))
        assert (len(gpu.copies), len(gpu.waits)) == (1, 1)
        assert there.cpu().equal(NUMBERS)
