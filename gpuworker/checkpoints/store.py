"""Loads checkpoints on demand and holds as many as fit in memory."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import torch

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.describe import Description, describe
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.header import Identity, identity
from gpuworker.checkpoints.known import IN_MEMORY, KnownWeights
from gpuworker.checkpoints.load import download, load
from gpuworker.checkpoints.locate import is_on_hub, locate
from gpuworker.checkpoints.memory import Memory, readable
from gpuworker.registry import Registry, built_in
from storage.shelf import TURN

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""Between two looks at whether the files of a loaded checkpoint are still the same."""
_LOADING_SECONDS = 10.0
"""What loading takes, about, before any was measured."""


@dataclass
class Loaded:
    """A checkpoint in memory: how many callers hold it, and until when others wait for its place.

    `files` are its weights as they were when it was loaded.
    """

    checkpoint: Checkpoint
    turn_ends: float = 0.0
    holders: int = 0
    files: tuple[Identity, ...] = ()
    looked_at: float = field(default_factory=time.monotonic)

    @property
    def bytes(self) -> int:
        """The bytes of its weights and of its LoRAs."""
        return self.checkpoint.bytes + self.checkpoint.adapter_bytes

    def is_replaced(self) -> bool:
        """Tell whether nobody holds it and other files are in its place; that is looked up now and then."""
        now = time.monotonic()
        if self.holders or now < self.looked_at + _LOOK_SECONDS:
            return False
        self.looked_at = now
        try:
            return any(identity(Path(file[0])) != file for file in self.files)
        except OSError:
            return False  # what is gone is served for as long as it stays in memory


class CheckpointStore:
    """Loads checkpoints when they are asked for; the least recently used make room. Any thread may ask.

    `memory` is what they and the passes through them may take, by default most of what the device has. A
    checkpoint that takes more than the share for weights is loaded alone. `registry` gives what the operator
    says of them, and `known` what was found out about their weights before.
    """

    def __init__(
        self,
        folder: Path,
        device: torch.device | str,
        memory: Memory | None = None,
        registry: Callable[[], Registry] = built_in,
        known: KnownWeights = IN_MEMORY,
    ) -> None:
        self.folder = folder
        self._registry = registry
        self.known = known
        self.loading_seconds = _LOADING_SECONDS
        """What loading a checkpoint took last."""
        self.device = torch.device(device)
        self.memory = memory or Memory.of(self.device)
        self._loaded: dict[str, Loaded] = {}  # the least recently used first
        self._sizes: dict[str, int] = {}
        self._downloaded: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._waits: Counter[str] = Counter()
        """How many callers wait for each checkpoint that is not loaded yet."""

    def get(self, name: str) -> Checkpoint:
        """Give the checkpoint `name`, loaded. Raises `CheckpointError`; the next call tries again.

        It is not held: the store may drop it to load another one, and it then lives only as long as the
        caller refers to it. A loaded one is given without waiting for another one that is being loaded.
        """
        if (entry := self._used(name)) is None:
            with self._awaited(name), self._loading:
                entry = self._used(name) or self._load(name)
        return entry.checkpoint

    def describe(self, name: str) -> Description:
        """Describe a checkpoint by its files, loaded or not; one on the Hub is downloaded.

        Raises `CheckpointError`, also for one that could not be loaded because it is too large.
        """
        description = self._read_description(name)
        self._refuse_too_large(name, description)
        return description

    def _read_description(self, name: str) -> Description:
        if not is_on_hub(name, self.folder):
            return describe(locate(name, self.folder), self._registry().get(name), self.known)
        if name not in self._downloaded:
            self._downloaded[name] = download(name)
        return describe(self._downloaded[name], self._registry().get(name), self.known)

    @property
    def bytes(self) -> int:
        """The bytes that the weights of all loaded checkpoints take on the device."""
        return sum(entry.bytes for entry in list(self._loaded.values()))

    @property
    def loaded(self) -> frozenset[str]:
        """Give the names of the checkpoints that are in memory."""
        return frozenset(self._loaded)

    @property
    def loading(self) -> frozenset[str]:
        """Give the names of the checkpoints that are being loaded, or wait until another one is."""
        with self._lock:
            return frozenset(self._waits)

    def is_loaded(self, name: str) -> bool:
        """Tell whether `hold` would give it."""
        self._drop_if_replaced(name)
        return name in self._loaded

    def had_its_turn(self, name: str) -> bool:
        """Tell whether a checkpoint has been loaded for long enough that loading it was worth while."""
        entry = self._loaded.get(name)
        return entry is None or time.monotonic() >= entry.turn_ends

    def has_room_for(self, names: Iterable[str]) -> bool:
        """Tell whether these could be loaded without dropping another one, as far as sizes are known."""
        missing = set(names) - self.loaded
        return not missing or self.bytes + sum(map(self._size, missing)) <= self.memory.weights

    def hold(self, name: str) -> Checkpoint | None:
        """Give the checkpoint if it is loaded; it stays so until `release` was called as often as this."""
        self._drop_if_replaced(name)
        with self._lock:
            if (entry := self._loaded.pop(name, None)) is None:
                return None
            entry.holders += 1
            self._loaded[name] = entry
            return entry.checkpoint

    def release(self, name: str) -> None:
        """Let go of a checkpoint that `hold` gave."""
        with self._lock:
            self._loaded[name].holders -= 1

    def begin(self, name: str) -> Future[Checkpoint] | None:
        """Begin to load on another thread, or give None while those held leave too little room."""
        with self._lock:
            held = sum(entry.bytes for entry in self._loaded.values() if entry.holders)
        if held and held + self._size(name) > self.memory.weights:
            return None
        future: Future[Checkpoint] = Future()
        threading.Thread(target=_fulfil, args=(future, self.get, name), name="load", daemon=True).start()
        return future

    @contextmanager
    def _awaited(self, name: str) -> Iterator[None]:
        with self._lock:
            self._waits[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._waits -= Counter((name,))  # which drops what is zero

    def _drop_if_replaced(self, name: str) -> None:
        with self._lock:
            if (entry := self._loaded.get(name)) is not None and entry.is_replaced():
                del self._loaded[name]
                self._sizes.pop(name, None)
                log.info("checkpoint %s: its files are others now, they are loaded when it is used", name)

    def _used(self, name: str) -> Loaded | None:
        self._drop_if_replaced(name)
        with self._lock:
            if (entry := self._loaded.pop(name, None)) is not None:
                self._loaded[name] = entry
            return entry

    def _load(self, name: str) -> Loaded:
        began, files = time.monotonic(), self._weights(name)
        self._refuse_too_large(name)
        self._make_room(self._size(name))
        try:
            checkpoint = self._read(name)
        except (torch.OutOfMemoryError, MemoryError):
            log.warning("checkpoint %s: out of memory, trying again without those that nobody uses", name)
            self._make_room(self.memory.weights)
            checkpoint = self._read_again(name)
        took = time.monotonic() - began
        self._sizes[name], self.loading_seconds = checkpoint.bytes, took
        self._make_room(checkpoint.bytes)  # it may be larger than it promised
        entry = Loaded(checkpoint, time.monotonic() + TURN * took, files=files)
        with self._lock:
            self._loaded[name] = entry
        log.info("checkpoint %s: loaded in %.1f s, %.0f MB", name, took, checkpoint.bytes / 1e6)
        return entry

    def _weights(self, name: str) -> tuple[Identity, ...]:
        """Give the weight files of a checkpoint as they are now; none of one that is on the Hub."""
        if is_on_hub(name, self.folder):
            return ()
        with suppress(CheckpointError, OSError):  # loading it will say what is wrong
            return tuple(identity(file) for file in self._read_description(name).files)
        return ()

    def _read(self, name: str) -> Checkpoint:
        # The engine asks from inference mode, in which weights would be born unfit for training.
        with torch.inference_mode(False):
            if self.device.type != "cuda":
                return load(name, self.folder, self.device, self._registry, self.known)
            room = self.memory.weights
            return load(name, self.folder, self.device, self._registry, self.known, room)

    def _read_again(self, name: str) -> Checkpoint:
        try:
            return self._read(name)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise CheckpointError(
                f"{name} does not fit the memory beside what is in use: serve fewer checkpoints on this"
                " worker, or a smaller one."
            ) from error

    def _make_room(self, size: int) -> None:
        """Drop those that nobody holds, the least recently used first, until `size` bytes are free."""
        dropped = []
        with self._lock:
            idle = [name for name, entry in self._loaded.items() if not entry.holders]
            used = sum(entry.bytes for entry in self._loaded.values())
            for name in idle:
                if used + size <= self.memory.weights:
                    break
                used -= self._loaded[name].bytes
                dropped.append(name)
                del self._loaded[name]
        if dropped:
            log.info("checkpoint %s: dropped to make room", ", ".join(dropped))
            gc.collect()
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    def _refuse_too_large(self, name: str, found: Description | None = None) -> None:
        if (size := self._size(name, found)) > self.memory.total:
            raise CheckpointError(
                f"The weights of {name} take {readable(size)}, and this worker may take"
                f" {readable(self.memory.total)} (DARKROOM_MEMORY): serve a smaller checkpoint."
            )

    def _size(self, name: str, found: Description | None = None) -> int:
        """Give the weights' bytes, as measured when last loaded or as the files promise; 0 if unknown."""
        if name not in self._sizes and not is_on_hub(name, self.folder):
            with suppress(CheckpointError, OSError):  # loading it will say what is wrong
                numbers = (found or self._read_description(name)).numbers
                self._sizes[name] = numbers * (2 if self.device.type == "cuda" else 4)
        return self._sizes.get(name, 0)


def _fulfil(future: Future[Checkpoint], get: Callable[[str], Checkpoint], name: str) -> None:
    try:
        future.set_result(get(name))
    except BaseException as error:
        future.set_exception(error)
