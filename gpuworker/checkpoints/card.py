"""Which device renders, as torch has it, and what is wrong with a card that torch cannot use."""

from __future__ import annotations

import ctypes
import os
import re
import warnings
from typing import Any, Literal, NamedTuple

import torch

_NVML = "libnvidia-ml.so.1"
"""NVIDIA's management library: it comes with the driver, and answers whether torch likes that or not."""
_FOR_THE_CPU = "or hide the card (CUDA_VISIBLE_DEVICES=-1) to render on the CPU"


class Driver(NamedTuple):
    """NVIDIA's driver: its version, the CUDA that it can do, and the number of cards that it sees."""

    version: str
    cuda: str
    cards: int


class Device(NamedTuple):
    """The device that renders; `broken` says that torch cannot use the card that there is."""

    kind: Literal["cuda", "cpu"]
    state: Literal["fine", "note", "broken"]
    says: str


def find_device() -> Device:
    """Ask torch for a card, and where it has none, the driver for the reason."""
    with warnings.catch_warnings(action="ignore"):  # of a driver that is too old torch warns, once
        usable = torch.cuda.is_available()
    if usable:
        return _usable()
    driver = None if _are_hidden() else find_driver()
    if driver is None or not driver.cards:
        says = "no NVIDIA GPU found; the CPU renders (fast with the pocket checkpoint, slow with others)"
        return Device("cpu", "note", says)
    found = f"there is an NVIDIA GPU (driver {driver.version}, which can do CUDA {driver.cuda})"
    if torch.version.cuda is None:
        says = (
            f"{found}, but torch {torch.__version__} was built without CUDA: install the build of torch"
            f" for CUDA, {_FOR_THE_CPU}"
        )
        return Device("cpu", "broken", says)
    reason = _reason()
    if "too old" in reason or "insufficient" in reason or _number(driver.cuda) < _number(torch.version.cuda):
        says = (
            f"{found}, but torch {torch.__version__} was built for CUDA {torch.version.cuda}, which needs a"
            f" newer driver: update the driver, or install a build of torch for CUDA {driver.cuda},"
            f" {_FOR_THE_CPU}"
        )
        return Device("cpu", "broken", says)
    says = f"{found}, but torch {torch.__version__} cannot use it ({reason}): mend that, {_FOR_THE_CPU}"
    return Device("cpu", "broken", says)


def find_driver() -> Driver | None:
    """Ask NVIDIA's driver; None where there is none, or none that answers."""
    try:
        nvml = ctypes.CDLL(_NVML)
        if nvml.nvmlInit_v2() != 0:
            return None
        version, cuda, cards = ctypes.create_string_buffer(96), ctypes.c_int(0), ctypes.c_uint(0)
        nvml.nvmlSystemGetDriverVersion(version, ctypes.c_uint(len(version)))
        nvml.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(cuda))
        nvml.nvmlDeviceGetCount_v2(ctypes.byref(cards))
    except (OSError, AttributeError):
        return None
    return Driver(version.value.decode(errors="replace"), as_version(cuda.value), cards.value)


def as_version(number: int) -> str:
    """Write CUDA's number as people do: 12040 is 12.4."""
    return f"{number // 1000}.{number % 1000 // 10}"


def _usable() -> Device:
    cards = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
    if torch.version.hip is None and (too_old := [card for card in cards if not _has_kernels(card)]):
        (card, *_) = too_old
        says = (
            f"the {card.name} (compute capability {card.major}.{card.minor}) is too old for torch"
            f" {torch.__version__}, which has code for {', '.join(torch.cuda.get_arch_list())}: install a"
            f" build of torch that still has it, {_FOR_THE_CPU}"
        )
        return Device("cpu", "broken", says)
    return Device(
        "cuda", "fine", "; ".join(f"{card.name}, {card.total_memory / 1e9:.1f} GB" for card in cards)
    )


def _has_kernels(card: Any) -> bool:
    """Tell whether torch was built for the card: for its generation, or for an older one as portable code."""
    built = [re.fullmatch(r"(sm|compute)_(\d+)(\d)[af]?", arch) for arch in torch.cuda.get_arch_list()]
    versions = [(each[1], int(each[2]), int(each[3])) for each in built if each is not None]
    return not versions or any(
        (major, minor) <= (card.major, card.minor) and (kind == "compute" or major == card.major)
        for kind, major, minor in versions
    )


def visible_cards() -> list[str]:
    """Name the cards that a process may use, each as CUDA_VISIBLE_DEVICES takes it; torch is not asked."""
    if _are_hidden():
        return []
    if visible := os.environ.get("CUDA_VISIBLE_DEVICES"):
        return [card.strip() for card in visible.split(",") if card.strip()]
    driver = find_driver()
    return [str(number) for number in range(driver.cards)] if driver else []


def _are_hidden() -> bool:
    """Tell whether the operator has hidden all cards from CUDA's programs."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible is not None and visible.split(",")[0].strip() in ("", "-1", "NoDevFiles")


def _reason() -> str:
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except Exception as error:
        return str(error).split("\n")[0].rstrip(".")
    return "torch does not say why"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
