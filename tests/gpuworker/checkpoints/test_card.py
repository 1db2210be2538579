"""A card that torch cannot use is a sentence with the versions, never a silent CPU."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Never

import pytest
import torch

from gpuworker.checkpoints import card
from gpuworker.checkpoints.card import Driver, as_version, find_device, find_driver, visible_cards

OLD = Driver("470.57.02", "11.4", 1)


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without one, whatever this one has."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch, "__version__", "2.14.1+cu130")
    monkeypatch.setattr(card, "find_driver", lambda: None)


def refuse_with(says: str) -> Callable[[], Never]:
    def init() -> Never:
        raise RuntimeError(says)

    return init


def test_without_a_card_the_cpu_renders() -> None:
    device = find_device()
    assert (device.kind, device.state) == ("cpu", "note")
    assert "no NVIDIA GPU found" in device.says


@pytest.mark.parametrize(
    "reason", ["The NVIDIA driver on your system is too old (found version 11040).", "CUDA unknown error"]
)
def test_a_driver_that_is_too_old_is_told_with_both_versions(
    monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    monkeypatch.setattr(card, "find_driver", lambda: OLD)
    monkeypatch.setattr(torch.cuda, "init", refuse_with(reason))
    device = find_device()
    assert device.state == "broken"
    assert device.says == (
        "there is an NVIDIA GPU (driver 470.57.02, which can do CUDA 11.4), but torch 2.14.1+cu130 was built"
        " for CUDA 13.0, which needs a newer driver: update the driver, or install a build of torch for CUDA"
        " 11.4, or hide the card (CUDA_VISIBLE_DEVICES=-1) to render on the CPU"
    )


def test_a_torch_without_cuda_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "find_driver", lambda: OLD)
    monkeypatch.setattr(torch.version, "cuda", None)
    device = find_device()
    assert device.state == "broken"
    assert "was built without CUDA: install the build of torch for CUDA" in device.says


def test_any_other_reason_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "find_driver", lambda: Driver("580.1", "13.0", 1))
    monkeypatch.setattr(torch.cuda, "init", refuse_with("CUDA error: system not yet initialized\nmore"))
    device = find_device()
    assert device.state == "broken"
    assert "cannot use it (CUDA error: system not yet initialized): mend that" in device.says


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_card_that_is_hidden_is_not_missed(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    monkeypatch.setattr(card, "find_driver", lambda: OLD)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert find_device().state == "note"


def properties(name: str, major: int, minor: int) -> Any:
    return SimpleNamespace(name=name, major=major, minor=minor, total_memory=8_500_000_000)


@pytest.mark.parametrize(
    ("capability", "state"), [((6, 1), "broken"), ((7, 5), "fine"), ((8, 9), "fine"), ((12, 1), "fine")]
)
def test_cards_that_torch_was_not_built_for_are_told(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], state: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: properties("GeForce", *capability))
    monkeypatch.setattr(
        torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_80", "sm_90", "sm_120", "compute_120"]
    )
    monkeypatch.setattr(torch.version, "hip", None)
    device = find_device()
    assert device.state == state
    if state == "fine":
        assert device == ("cuda", "fine", "GeForce, 8.5 GB")
    else:
        assert "GeForce (compute capability 6.1) is too old for torch 2.14.1+cu130" in device.says


def test_the_driver_is_asked_through_its_own_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(number: int) -> Callable[[Any], int]:
        def call(place: Any) -> int:
            place._obj.value = number
            return 0

        return call

    def version(place: Any, length: Any) -> int:
        place.value = b"535.104.05"
        return 0

    library = SimpleNamespace(
        nvmlInit_v2=lambda: 0,
        nvmlSystemGetDriverVersion=version,
        nvmlSystemGetCudaDriverVersion_v2=write(12020),
        nvmlDeviceGetCount_v2=write(2),
    )
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    assert find_driver() == Driver("535.104.05", "12.2", 2)


def test_without_that_library_there_is_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "_NVML", "libnowhere.so.1")
    assert find_driver() is None


def test_versions_are_written_as_people_do() -> None:
    assert (as_version(13000), as_version(12040), as_version(11080)) == ("13.0", "12.4", "11.8")


@pytest.mark.parametrize(
    ("visible", "cards"),
    [("", []), ("-1", []), ("3", ["3"]), ("0, 2", ["0", "2"]), ("GPU-8932f937", ["GPU-8932f937"])],
)
def test_a_process_sees_the_cards_that_it_is_shown(
    visible: str, cards: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert visible_cards() == cards


def test_where_nothing_is_said_the_driver_counts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(card, "find_driver", lambda: Driver("580", "13.0", 3))
    assert visible_cards() == ["0", "1", "2"]
    monkeypatch.setattr(card, "find_driver", lambda: None)
    assert visible_cards() == []
