"""Networks whose weights lie in RAM, and come to the GPU while somebody needs them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

_ARRIVED = threading.Event()
_ARRIVED.set()


class _Brought(NamedTuple):
    """A tensor of a module, by its name among the module's own: the one in RAM, and the one on the device."""

    owner: dict[str, Any]
    name: str
    here: Tensor
    there: Tensor


class Offloaded:
    """A network that is needed now and then, such as a text tower: between, the device is for the others.

    The weights stay in RAM, pinned where the system allows it. To bring them is a copy, to send them away
    none, unless somebody changed or added some on the device. Any thread may bring them; the thread that
    computes with the network sends them away.
    """

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        self._network, self._device = network, device
        self._brought: list[_Brought] = []
        self._versions: dict[int, int] = {}
        """How often each tensor on the device had been written to when it had arrived."""
        self._lock = threading.Lock()
        self._arrived = _ARRIVED
        self.bytes = sum({id(tensor): tensor.nbytes for _, _, tensor in _tensors(network)}.values())
        """What the weights take on the device."""
        pinned: dict[int, Tensor] = {}
        for owner, name, tensor in list(_tensors(network)):
            if id(tensor) not in pinned:  # some networks have one tensor in two places
                pinned[id(tensor)] = _like(tensor, _pinned(tensor))
            owner[name] = pinned[id(tensor)]

    @property
    def is_there(self) -> bool:
        """Tell whether the weights are on the device, all of them."""
        return bool(self._brought) and self._arrived.is_set()

    @property
    def is_coming(self) -> bool:
        """Tell whether another thread is bringing them."""
        return not self._arrived.is_set()

    def bring(self) -> None:
        """Have the weights on the device. Raises `torch.OutOfMemoryError`, with none of them there."""
        with self._lock, torch.inference_mode(False):
            try:
                self._copy()
            except torch.OutOfMemoryError:
                self._send_away()
                raise

    def begin(self, then: Callable[[], object]) -> None:
        """Begin to bring them on another thread, and call `then` at the end, whether it went well or not."""
        arrived = self._arrived = threading.Event()

        def run() -> None:
            try:
                with suppress(torch.OutOfMemoryError):  # whoever needs them will meet it
                    self.bring()
            finally:
                arrived.set()
                then()

        threading.Thread(target=run, name="bring", daemon=True).start()

    def send_away(self) -> None:
        """Have the device free of the weights."""
        self._arrived.wait()
        with self._lock, torch.inference_mode(False):
            self._send_away()

    def _copy(self) -> None:
        there: dict[int, Tensor] = {}
        brought: list[_Brought] = []
        for owner, name, here in list(_tensors(self._network)):
            if here.device.type != self._device.type:
                if id(here) not in there:
                    there[id(here)] = _like(here, torch.empty_like(here, device=self._device))
                brought.append(_Brought(owner, name, here, there[id(here)]))
        if not brought:
            return
        with _beside_the_passes(self._device):
            for each in brought:
                each.there.detach().copy_(each.here.detach(), non_blocking=True)
        self._versions |= {id(each.there): each.there._version for each in brought}
        for each in brought:
            each.owner[each.name] = each.there
        self._brought += brought

    def _send_away(self) -> None:
        for owner, name, here, there in self._brought:
            if owner.get(name) is there and there._version == self._versions[id(there)]:
                owner[name] = here
        self._brought.clear()
        self._versions.clear()
        for owner, name, tensor in list(_tensors(self._network)):
            if tensor.device.type == self._device.type:  # it was changed there, or added, as LoRAs are
                owner[name] = _like(tensor, _pinned(tensor.detach().cpu()))


def _tensors(network: nn.Module) -> Iterator[tuple[dict[str, Any], str, Tensor]]:
    """Give all parameters and buffers, each with the dictionary that it is in and its name there."""
    for module in network.modules():
        for owner in (module._parameters, module._buffers):
            for name, tensor in owner.items():
                if tensor is not None:
                    yield owner, name, tensor


def _like(tensor: Tensor, numbers: Tensor) -> Tensor:
    """Make a parameter of `numbers` if `tensor` is one."""
    if not isinstance(tensor, nn.Parameter):
        return numbers
    return nn.Parameter(numbers, requires_grad=tensor.requires_grad)


def _pinned(tensor: Tensor) -> Tensor:
    """Take it to memory from which copies need no help of the CPU, if the system grants so much of it."""
    try:
        return tensor.detach().pin_memory()
    except RuntimeError:
        return tensor.detach()


@contextmanager
def _beside_the_passes(device: torch.device) -> Iterator[None]:
    """Inside, copies to a GPU are queued beside what it computes; at the end they have arrived."""
    if device.type != "cuda":
        yield
        return
    stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    # The memory that is copied to may still be read by passes that were queued before.
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        yield
    stream.synchronize()
