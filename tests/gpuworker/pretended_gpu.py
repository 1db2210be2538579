"""A GPU that is only pretended: its tensors say `cuda` and compute on the CPU, and its faults are noted.

What a real one would refuse is refused: tensors of two devices in one operation. What a real one would do at
a price is counted: copies from the CPU, and waits of the CPU for the GPU. Its memory is what it is given. It
is never full: passes take as long as the machine's other work lets them, which may decide about no picture.
"""

from __future__ import annotations

import inspect
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from gpuworker.engine import saturation

CUDA, CPU = torch.device("cuda", 0), torch.device("cpu")
_FLASH, _EFFICIENT = 1, 2
"""Of torch's kinds of attention, those that never write the scores down; the second one takes masks."""
_COPYING = ("aten::_to_copy", "aten::copy_", "aten::to")
_WAITING = (
    "aten::_local_scalar_dense",
    "aten::item",
    "aten::nonzero",
    "aten::argwhere",
    "aten::allclose",
    "aten::masked_select",
    "aten::equal",
    "aten::_linalg_check_errors",
    "aten::linalg_solve",
    "aten::is_nonzero",
    "aten::_unique2",
)
"""Operations whose results, or the sizes of these, the CPU has to know before it goes on."""


class OnCard(Tensor):
    """A tensor of the pretended GPU; `numbers` is the one on the CPU that it stands for."""

    numbers: Tensor

    @staticmethod
    def __new__(cls, numbers: Tensor) -> OnCard:
        card: OnCard = Tensor._make_wrapper_subclass(
            cls,
            numbers.shape,
            strides=numbers.stride(),
            storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype,
            device=CUDA,
        )
        card.numbers = numbers
        return card

    def __init__(self, numbers: Tensor) -> None:
        pass

    def tolist(self) -> list[Any]:
        """Copy it to the CPU, which torch refuses to do for tensors of other classes."""
        found: list[Any] = self.cpu().tolist()
        return found

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Compute outside of the mode, as other threads do."""
        assert PretendedGpu.present is not None, "the pretended GPU is gone"
        return PretendedGpu.present.compute(func, args, dict(kwargs or {}))


class PretendedGpu(TorchDispatchMode):
    """Inside `with pretended_gpu() as gpu`, `cuda` is a device like any other.

    `copies` are those from the CPU, one line each that says where; `waits` and `mixed` likewise. `taken` are
    the bytes that its tensors take, and `most` the most that they took. More than `capacity` raises
    `torch.OutOfMemoryError`.
    """

    present: PretendedGpu | None = None

    def __init__(self, capacity: int | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.capacity = capacity
        self.taken = self.most = 0
        self._storages: set[int] = set()
        self._pinned: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()
        self.forget()

    def forget(self) -> None:
        """Begin to note anew."""
        self.copies: list[str] = []
        self.waits: list[str] = []
        self.mixed: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return self.compute(func, args, dict(kwargs or {}))

    def compute(self, func: Any, args: Any, options: dict[str, Any]) -> Any:
        """Make an operation of torch on what stands on the CPU for its tensors."""
        name = func.name().partition(".")[0]
        leaves = list(_leaves((*args, *options.values())))
        here = [each for each in leaves if isinstance(each, Tensor) and not isinstance(each, OnCard)]
        on_card = any(isinstance(each, OnCard) for each in leaves)
        if name == "aten::_pin_memory":
            return self._pin(args[0])
        to = next((each for each in leaves if isinstance(each, torch.device)), None)
        if on_card or (to is not None and to.type == "cuda"):
            self._note(func, name, args, here, on_card, to, options)
        else:
            return func(*args, **options)
        if name == "aten::_fused_sdp_choice":
            masked = len(args) > 3 and args[3] is not None
            return _EFFICIENT if masked or options.get("attn_mask") is not None else _FLASH
        found = _computed(func, name, _on_cpu(args), {key: _on_cpu(each) for key, each in options.items()})
        if isinstance(args[0] if args else None, OnCard) and _writes_first(func):
            return args[0]
        stays = to.type == "cuda" if to is not None else on_card
        if not stays or name == "aten::copy_":
            return found
        # A view of a tensor from outside of inference mode is none of inference mode.
        is_view = on_card and func._schema.returns[0].alias_info is not None and not args[0].is_inference()
        with torch.inference_mode(torch.is_inference_mode_enabled() and not is_view):
            return self._placed(found)

    def _note(
        self, func: Any, name: str, args: Any, here: list[Any], on_card: bool, to: Any, options: Any
    ) -> None:
        if name in _COPYING:
            self._note_copy(name, args, to, options)
            return
        indices = list(_leaves(args[1:])) if name.startswith("aten::index") else []
        for each in indices:
            if isinstance(each, Tensor) and each.dtype in (torch.bool, torch.uint8):
                self.waits.append(_where(f"{name} by a mask"))
            if isinstance(each, Tensor) and each is not args[-1] and not isinstance(each, OnCard):
                self.waits.append(_where(f"{name} by indices on the CPU"))
        if name in _WAITING:
            self.waits.append(_where(name))
        takes_scalars = torch.Tag.pointwise in func.tags or name == "aten::fill_"
        wrong = [each for each in here if each.ndim or not takes_scalars]
        if on_card and any(not any(each is index for index in indices) for each in wrong):
            self.mixed.append(_where(f"{name} of tensors on two devices"))
            raise RuntimeError(f"Expected all tensors to be on the same device, not cpu and cuda:0: {name}")

    def _note_copy(self, name: str, args: Any, to: torch.device | None, options: Any) -> None:
        source = args[1] if name == "aten::copy_" else args[0]
        from_card = isinstance(source, OnCard)
        into_card = isinstance(args[0], OnCard) if to is None else to.type == "cuda"
        is_queued = options.get("non_blocking") or True in args[2:4]
        if into_card and not from_card:
            self.copies.append(_where(name))
            if not is_queued or source.untyped_storage() not in self._pinned:
                self.waits.append(_where(f"{name} of unpinned memory, or blocking,"))
        elif from_card and not into_card:
            self.waits.append(_where(f"{name} to the CPU"))

    def _pin(self, numbers: Tensor) -> Tensor:
        pinned = numbers.clone()
        self._pinned.add(pinned.untyped_storage())
        return pinned

    def _placed(self, found: Any) -> Any:
        if isinstance(found, list | tuple):
            return type(found)(map(self._placed, found))
        if not isinstance(found, Tensor) or isinstance(found, OnCard):
            return found
        storage = found.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key not in self._storages:
            if self.capacity is not None and self.taken + size > self.capacity:
                raise torch.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {size} bytes.")
            self._storages.add(key)
            self.taken += size
            self.most = max(self.most, self.taken)
            weakref.finalize(storage, self._gone, key, size)
        placed = OnCard(found)
        placed.storage_alive = storage  # type: ignore[attr-defined]
        return placed

    def _gone(self, key: int, size: int) -> None:
        self._storages.discard(key)
        self.taken -= size

    def wait(self, *_: object) -> None:
        """What `torch.cuda.synchronize` is here."""
        self.waits.append(_where("torch.cuda.synchronize"))


@contextmanager
def pretended_gpu(capacity: int | None = None) -> Iterator[PretendedGpu]:
    """Give a GPU of so many bytes of memory to this thread and to those that it starts."""
    gpu = PretendedGpu(capacity)
    run = threading.Thread.run

    def run_with_gpu(thread: threading.Thread) -> None:
        with gpu:
            run(thread)

    torch._C._ensureCUDADeviceGuardSet()
    lifted = torch._C._only_lift_cpu_tensors()
    overwritten = torch.__future__.get_overwrite_module_params_on_conversion()
    with (
        patch.object(torch.cuda, "_lazy_init", lambda: None),
        patch.object(torch.cuda, "is_available", lambda: True),
        patch.object(torch.cuda, "synchronize", gpu.wait),
        patch.object(torch.cuda, "empty_cache", lambda: None),
        patch.object(torch.cuda, "is_bf16_supported", lambda *_: True),
        patch.object(torch.cuda, "mem_get_info", lambda *_: (gpu.capacity or 10**12, gpu.capacity or 10**12)),
        patch.object(torch.cuda, "Event", _Event),
        patch.object(torch.cuda, "Stream", _Stream),
        patch.object(torch.cuda, "current_stream", _Stream),
        patch.object(torch.cuda, "stream", nullcontext),
        patch.object(Tensor, "pin_memory", lambda numbers: gpu._pin(numbers)),
        patch.object(saturation, "_seconds", _as_long(saturation._seconds)),
        patch.object(threading.Thread, "run", run_with_gpu),
    ):
        torch._C._set_only_lift_cpu_tensors(True)
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        PretendedGpu.present = gpu
        try:
            with gpu:
                yield gpu
        finally:
            PretendedGpu.present = None
            torch.__future__.set_overwrite_module_params_on_conversion(overwritten)
            torch._C._set_only_lift_cpu_tensors(lifted)


def _as_long(measure: Callable[[Any, int], float]) -> Callable[[Any, int], float]:
    """Make the passes that are measured, and say that they all took as long."""

    def measured(checkpoint: Any, rows: int) -> float:
        measure(checkpoint, rows)
        return 1.0

    return measured


class _Event:
    """Done at once, as all is here."""

    def __init__(self, **_: object) -> None:
        self._recorded_at = 0.0

    def record(self, *_: object) -> None:
        self._recorded_at = time.perf_counter()

    def elapsed_time(self, end: _Event) -> float:
        """Give milliseconds between two that were recorded."""
        return 1e3 * (end._recorded_at - self._recorded_at)

    def synchronize(self) -> None:
        pass

    def query(self) -> bool:
        return True


class _Stream:
    """All is done in the order in which it is asked for."""

    def __init__(self, *_: object) -> None:
        pass

    def wait_stream(self, other: object) -> None:
        pass

    def synchronize(self) -> None:
        pass


def _leaves(arguments: Iterable[Any]) -> Iterator[Any]:
    for each in arguments:
        if isinstance(each, list | tuple):
            yield from _leaves(each)
        else:
            yield each


def _on_cpu(each: Any) -> Any:
    """Give what stands for an argument on the CPU."""
    if isinstance(each, OnCard):
        return each.numbers
    if isinstance(each, list | tuple):
        return type(each)(map(_on_cpu, each))
    return CPU if isinstance(each, torch.device) else each


def _computed(func: Callable[..., Any], name: str, args: Any, options: Any) -> Any:
    if name.startswith("aten::_scaled_dot_product_"):
        query, key, value, *rest = args
        efficient = "efficient" in name
        mask = (rest[0] if rest else options.get("attn_bias")) if efficient else None
        found = F.scaled_dot_product_attention(query, key, value, mask, scale=options.get("scale"))
        none = torch.empty(0)
        return (found, none, none, none) if efficient else (found, none, none, none, 0, 0, none, none, none)
    return func(*args, **options)


def _writes_first(func: Any) -> bool:
    arguments = func._schema.arguments
    return bool(arguments and arguments[0].alias_info is not None and arguments[0].alias_info.is_write)


def _where(what: str) -> str:
    """Say where in the worker or in diffusers it happened."""
    places: list[str] = []
    frame = inspect.currentframe()
    while frame is not None and len(places) < 3:
        file = frame.f_code.co_filename
        if "/diffusers/" in file or ("/gpuworker/" in file and "/tests/" not in file):
            places.append(f"{file.rpartition('/')[2]}:{frame.f_lineno}")
        frame = frame.f_back
    return f"{what} at {' > '.join(reversed(places))}"
