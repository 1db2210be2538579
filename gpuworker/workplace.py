"""What the seats of a worker share: the device, the engine, the models, the ways to Redis and the blobs."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import redis
from filelock import FileLock, Timeout

from gpuworker.health import Health
from gpuworker.stages.bench import Bench
from gpuworker.throughput import Throughput
from gpuworker.watch import Watch
from moderation.judge import read_lists, take_names
from moderation.pictures import Detector, DetectorError, load_detector
from storage.add_ons import AddOns
from storage.blobs import Blobs, BlobStoreAway
from storage.connection import connect
from storage.events import Progress, publish_progress
from storage.heartbeat import Heartbeat
from storage.queue import JobQueue
from storage.served import ServedCheckpoint
from storage.settings import Settings
from storage.training_notes import TrainingNotes

if TYPE_CHECKING:
    import torch

    from gpuworker.checkpoints.memory import Memory
    from gpuworker.checkpoints.store import CheckpointStore
    from gpuworker.engine.engine import Engine

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 120.0
"""For so long a seat waits for a Redis, or a bot with the pictures, before it lets go of its job."""
_QUICK_SECONDS = 0.2
LEAVING_SECONDS = 10.0
"""A worker that was told to stop is gone by then, and its card free."""


class Claim(Enum):
    """How a worker claims the device: with all of its memory planned twice, a card runs out of it.

    Of `CARD`, processors are no matter: workers may share them, and compose.yaml scales so.
    """

    NONE = "it shares the device with whoever has it"
    CARD = "it has a card to itself, or refuses to work"
    DEVICE = "it waits until it has the device to itself, even if that is the CPU"


@dataclass(slots=True)
class Workplace:
    """What the seats of one worker share.

    `served` grows as checkpoints are found fit; `barren` tells that none was.
    """

    name: str
    bench: Bench
    device: str
    seats: int
    patient: redis.Redis
    quick: redis.Redis
    stop: threading.Event
    served: dict[str, ServedCheckpoint] = field(default_factory=dict)
    add_ons: Callable[[], AddOns] = AddOns
    told_add_ons: AddOns | None = None
    blobs_identity: str | None = None
    throughput: Throughput = field(default_factory=Throughput)
    barren: bool = False
    health: Health = field(default_factory=Health)
    watch: Watch = field(default_factory=Watch)
    odd_key: bool = False
    """Whether the bot signs with another key, so that neither believes the other."""
    bots_store: str | None = None
    """The identity of the store in which the bot finds pictures, as far as it tells."""
    alive: Callable[[], None] = lambda: None
    """Gives a sign of life, for health checks."""

    @property
    def is_strange(self) -> bool:
        """Tell whether the bot could take nothing from here, or it is not known yet: it has another farm."""
        return self.odd_key or self.bots_store not in (None, self.blobs_identity)

    @property
    def ails(self) -> str | None:
        """Say why no jobs are taken at the moment, as the end of a sentence; None if they are."""
        if self.odd_key:
            return "takes no jobs, because it has another DARKROOM_QUEUE_KEY than the bot"
        if self.is_strange and self.blobs_identity is None:
            return f"takes no jobs until it knows whether the bot finds pictures in {self.bench.blobs.place}"
        if self.is_strange:
            return (
                f"takes no jobs, because it keeps pictures in {self.bench.blobs.place}, where the bot does "
                "not look for them: set DARKROOM_BLOBS of both to the same"
            )
        if (trouble := self.bench.blobs.trouble) is not None:
            return f"takes no jobs, because it has no way to {self.bench.blobs.place}: {trouble}"
        return self.health.ails


@contextmanager
def open_workplace(
    settings: Settings, seats: int, stop: threading.Event, claim: Claim
) -> Iterator[Workplace]:
    """Set everything up, with the engine running until the block ends; first of all, claim the device.

    Ends by SystemExit with a sentence if there is no place for pictures, another worker has the card, or
    torch cannot use it.
    """
    import torch

    from gpuworker.checkpoints.known import KnownWeights
    from gpuworker.checkpoints.store import CheckpointStore
    from gpuworker.engine.engine import Engine
    from gpuworker.models.embeddings import embedding_files
    from gpuworker.models.loras import lora_files
    from gpuworker.registry import known_models

    device, lock = _claimed(settings, claim)
    store = CheckpointStore(
        settings.checkpoints_folder,
        device=device,
        memory=_memory(settings, torch.device(device)),
        registry=partial(known_models, settings),
        known=KnownWeights(settings.weights_file),
    )
    engine = Engine(
        store,
        lora_files=partial(lora_files, settings),
        embedding_files=partial(embedding_files, settings),
    )
    heartbeat = Heartbeat(settings.home, "worker")
    try:
        with engine:
            place = _workplace(settings, seats, stop, store, engine)
            place.alive = heartbeat.beat
            yield place
    finally:
        heartbeat.end()
        lock.release()


def _claimed(settings: Settings, claim: Claim) -> tuple[str, FileLock]:
    """Find the device and claim it: its kind, and its lock. Ends by SystemExit as `open_workplace` does."""
    import torch

    from gpuworker.checkpoints.card import find_device

    found = find_device()
    if found.state == "broken":
        raise SystemExit(f"No picture can be made here: {found.says}.")
    device = found.kind
    lock = _lock(settings, str(torch.cuda.get_device_properties(0).uuid) if device == "cuda" else "cpu")
    if claim is Claim.DEVICE or (claim is Claim.CARD and device == "cuda"):
        take_device(lock, claim)
    return device, lock


def _memory(settings: Settings, device: torch.device) -> Memory:
    """Give what the operator allows, or what is left on the device beside the other models."""
    from gpuworker.checkpoints.memory import Memory
    from gpuworker.models.beside import bytes_beside

    if settings.memory is not None:
        return Memory(settings.memory)
    return Memory.of(device).beside(bytes_beside(settings))


def _workplace(
    settings: Settings, seats: int, stop: threading.Event, store: CheckpointStore, engine: Engine
) -> Workplace:
    import torch

    from gpuworker.offer import add_ons_here

    quick, watch = connect(settings, patience=_QUICK_SECONDS), Watch()
    _begin_to_read_lists(settings)
    return Workplace(
        name=f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}",
        bench=_bench(settings, store, engine, quick, watch, stop),
        device=torch.cuda.get_device_name() if store.device.type == "cuda" else "cpu",
        seats=seats,
        patient=connect(settings, patience=PATIENCE_SECONDS),
        quick=quick,
        stop=stop,
        watch=watch,
        add_ons=partial(add_ons_here, settings),
    )


def _bench(
    settings: Settings,
    store: CheckpointStore,
    engine: Engine,
    quick: redis.Redis,
    watch: Watch,
    stop: threading.Event,
) -> Bench:
    """Lay out what the stages work with; most models load when they are first asked for."""
    from gpuworker.models.lazy import (
        lazy_aesthetics,
        lazy_counters,
        lazy_figures,
        lazy_masks,
        lazy_upscaler,
    )
    from gpuworker.models.restorers import Restorers
    from gpuworker.models.words import Words

    queue = JobQueue(quick)
    return Bench(
        engine=engine,
        checkpoints=store,
        detector=_detector(),
        upscaler=lazy_upscaler(settings, store.device, engine),
        words=Words(settings, store.device, engine),
        figures=lazy_figures(settings, store.device, engine),
        masks=lazy_masks(settings, store.device, engine),
        restorers=Restorers(settings, store.device, engine),
        blobs=_blobs(settings, PATIENCE_SECONDS, stop),
        tell=partial(tell, quick, watch),
        is_cancelled=partial(is_cancelled, queue),
        aesthetics=lazy_aesthetics(settings),
        counters=lazy_counters(settings, store.device, engine),
        notes=TrainingNotes(quick, _blobs(settings)),
        queued=partial(queued, queue),
        training_share=settings.training_share,
    )


def _begin_to_read_lists(settings: Settings) -> None:
    """Read the lists of names beside the checkpoint, which takes longer to load."""
    take_names(settings.names)
    threading.Thread(target=read_lists, name="lists", daemon=True).start()


def _detector() -> Detector | None:
    try:
        return load_detector()
    except DetectorError as error:
        log.error("No picture will be made, because none can be checked: %s", error)
        return None


def _blobs(settings: Settings, patience: float = 0.0, stop: threading.Event | None = None) -> Blobs:
    try:
        return Blobs.open(settings, patience, stop)
    except BlobStoreAway as error:
        raise SystemExit(str(error)) from error


def _lock(settings: Settings, device: str) -> FileLock:
    """Name the lock of a device, for the workers of one data folder."""
    settings.home.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.home / f"worker-{device}.lock", thread_local=False)


def take_device(lock: FileLock, claim: Claim) -> None:
    """Take a device's lock as it is claimed. Ends by SystemExit with a sentence if a card stays taken."""
    try:
        lock.acquire(blocking=False)
    except Timeout:
        log.warning("Another worker of this data folder has the device; this one waits until it has left.")
        try:
            # The worker of a `darkroom up` that was killed, or the one before this, may be leaving right now.
            lock.acquire(timeout=LEAVING_SECONDS if claim is Claim.CARD else -1, poll_interval=0.2)
        except Timeout:
            raise SystemExit(
                "Another worker of this data folder has the card: one fills it, and takes more jobs at once "
                "with --seats. Stop that one first, or choose another card by CUDA_VISIBLE_DEVICES."
            ) from None


def tell(connection: redis.Redis, watch: Watch, progress: Progress) -> None:
    """Tell of a job's progress, if Redis is there."""
    watch.moved(progress)
    with suppress(redis.RedisError):
        publish_progress(connection, progress)


def is_cancelled(queue: JobQueue, job_id: str) -> bool:
    """Say no when Redis is away: the job goes on, and the next look may succeed."""
    try:
        return queue.is_cancelled(job_id)
    except redis.RedisError:
        return False


def queued(queue: JobQueue, checkpoint: str) -> int:
    """Count the jobs that wait for a checkpoint; none when Redis is away, as no job can come then."""
    try:
        return queue.length(checkpoint)
    except redis.RedisError:
        return 0
