"""A worker whose engine is played: real seats, queue, stage, review and blobs, but no network to wait for.

`python -m tests.gpuworker.fake_farm HOME REDIS_URL` runs one in a process of its own, to be killed. With
CLOCK_OFF in its environment, its clock is off by so many seconds; with HISTORY, it writes what it does into
that file (see tests/chaos/history.py).
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

from PIL import Image

from gpuworker import worker
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.request import Request, StepDone
from gpuworker.models.lazy import lazy_figures, lazy_masks
from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench
from gpuworker.stages.look_time import LookTime
from gpuworker.watch import Watch
from gpuworker.workplace import PATIENCE_SECONDS, Workplace, is_cancelled, tell
from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR, Finding, Findings
from moderation.judge import read_lists
from storage.blobs import Blobs
from storage.connection import connect
from storage.events import was_published
from storage.queue import JobQueue
from storage.served import ServedCheckpoint
from storage.settings import Settings
from tests.chaos.history import Writes

STEP_SECONDS = 0.02


@dataclass
class FakeStats:
    running: int = 0
    steps_per_second: dict[str, float] = field(default_factory=lambda: {"pocket": 50.0})
    megapixel_steps_per_second: dict[str, float] = field(default_factory=dict)
    most_pixels: dict[str, int] = field(default_factory=dict)


@dataclass
class FakeCheckpoint:
    hash: str = "ab" * 32


class FakeEngine:
    """Takes STEP_SECONDS a step. A prompt may ask for trouble: "explode", or "die" and the process dies."""

    turn_seconds = 0.0

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.rendered: list[Request] = []
        self.begun: set[int] = set()
        self.most_at_once = 0

    def submit(self, request: Request) -> Future[Image.Image]:
        if self.stopped.is_set():
            raise EngineStopped("The engine is stopped.")
        future: Future[Image.Image] = Future()
        self.begun.add(id(request))
        self.most_at_once = max(self.most_at_once, len(self.begun))
        future.add_done_callback(lambda _: self.begun.discard(id(request)))
        threading.Thread(target=self._render, args=(request, future), daemon=True).start()
        return future

    def _render(self, request: Request, future: Future[Image.Image]) -> None:
        for step in range(1, request.steps + 1):
            if self.stopped.wait(STEP_SECONDS):
                with contextlib.suppress(InvalidStateError):  # what was cancelled waits for nothing
                    future.set_exception(EngineStopped("The engine was stopped."))
                return
            if future.cancelled():
                return
            if "die" in request.prompt.split():
                os.kill(os.getpid(), signal.SIGKILL)
            if "explode" in request.prompt:
                with contextlib.suppress(InvalidStateError):
                    future.set_exception(ZeroDivisionError("boom"))
                return
            if request.on_step is not None:
                request.on_step(StepDone(step, request.steps, lambda: Image.new("RGB", (16, 16), "teal")))
        if future.set_running_or_notify_cancel():
            self.rendered.append(request)
            color = (request.noise.seed % 256, 0, 0)
            future.set_result(Image.new("RGB", (request.width, request.height), color))

    def stats(self) -> FakeStats:
        return FakeStats(running=len(self.begun))

    def stop(self) -> None:
        self.stopped.set()


class FakeStore:
    loaded: frozenset[str] = frozenset({"pocket"})
    loading: frozenset[str] = frozenset()
    loading_seconds = 10.0

    def has_room_for(self, names: Iterable[str]) -> bool:
        return True

    def had_its_turn(self, name: str) -> bool:
        return True

    def describe(self, name: str) -> FakeCheckpoint:
        if name != "pocket":
            raise CheckpointError(f"/srv/checkpoints/{name} is cut off: download it again.")
        return FakeCheckpoint()


class FakeDetector:
    """Sees nudity in pictures of the seeds that it is given."""

    def __init__(self, *nude_seeds: int) -> None:
        self.nude_seeds = nude_seeds

    def find(self, image: Image.Image, checkpoint: str) -> Findings:
        pixel = image.getpixel((0, 0))
        assert isinstance(pixel, tuple)
        nude = pixel[0] in self.nude_seeds
        found = (Finding(label="FEMALE_BREAST_EXPOSED", score=0.9, box=(0, 0, 8, 8)),) if nude else ()
        return Findings(detector=PINNED_DETECTOR, pocket_detector=PINNED_POCKET_DETECTOR, found=found)


def bench_of(home: Path, **parts: Any) -> Bench:
    """A bench with the `parts` that a test needs, no other models, and pictures in the folder `home`."""
    usual: dict[str, Any] = {
        **dict.fromkeys(part.name for part in fields(Bench)),
        "checkpoints": FakeStore(),
        "counters": (),
        "detector": FakeDetector(),
        "blobs": Blobs(str(home)),
        "tell": print,
        "is_cancelled": lambda job_id: False,
        "queued": lambda checkpoint: 0,
        "training_share": 1.0,
        "look_time": LookTime(),
    }
    return Bench(**usual | parts)


def a_workplace(home: Path, redis: Settings | str, seats: int = 4, **different: Any) -> Workplace:
    """Everything of a worker, with `different` parts of its bench; lists have been read, as by real ones."""
    read_lists()
    quick, watch = connect(redis, patience=0.2), Watch()
    parts: dict[str, Any] = {
        "engine": FakeEngine(),
        "words": Words(Settings(home=home), "cpu"),
        "figures": lazy_figures(Settings(home=home), "cpu"),
        "masks": lazy_masks(Settings(home=home), "cpu"),
        "tell": partial(tell, quick, watch),
        "is_cancelled": partial(is_cancelled, JobQueue(quick)),
    }
    return Workplace(
        name=f"fake-{uuid4().hex[:6]}",
        bench=bench_of(home / "blobs", **parts | different),
        device="cpu",
        seats=seats,
        patient=connect(redis, patience=60),
        quick=quick,
        stop=threading.Event(),
        watch=watch,
    )


def fake_engine(place: Workplace) -> FakeEngine:
    return cast(FakeEngine, place.bench.engine)


def fake_offers(*names: str) -> Iterator[ServedCheckpoint]:
    for name in names:
        yield ServedCheckpoint(name=name, hash="ab" * 32, side=128)


@contextlib.contextmanager
def serving(place: Workplace, *names: str) -> Iterator[threading.Thread]:
    """The workplace at work in a thread, offering `names` or pocket, and stopped in the end."""
    thread = threading.Thread(target=worker.serve, args=(place, fake_offers(*(names or ("pocket",)))))
    thread.start()
    try:
        yield thread
    finally:
        place.stop.set()
        thread.join(60)
        assert not thread.is_alive()


def until(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.02)


def work(home: Path, redis_url: str, when_ready: Callable[[], None]) -> None:
    """Be a worker until a signal comes."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    _set_clock(float(os.environ.get("CLOCK_OFF", "0")))
    if file := os.environ.get("HISTORY"):
        _write_history(Writes(Path(file), Path(file).stem))
    if file := os.environ.get("HOPS"):
        from tests.benchmarks.hops import note_hops

        note_hops(Path(file))
    settings = Settings(home=home, redis_url=redis_url)
    place = a_workplace(home, settings, seats=8)
    # Where the environment names no other store, this is the same folder.
    blobs = Blobs.open(settings, PATIENCE_SECONDS, place.stop)
    place.bench = replace(place.bench, blobs=blobs)
    threading.Thread(target=_say_when_ready, args=(place, when_ready), daemon=True).start()
    worker.serve(place, fake_offers("pocket"))


def _write_history(history: Writes) -> None:
    logging.getLogger("gpuworker").addHandler(history)
    logging.getLogger("gpuworker.worker").setLevel(logging.DEBUG)

    def asked(*question: Any) -> bool:
        history.asking()
        return was_published(*question)

    setattr(worker, "was_published", asked)  # noqa: B010


def _set_clock(off: float) -> None:
    """Have the clock that RQ reads be off, as on a machine that nobody keeps in time."""
    import rq.utils

    class Off(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=off)

    skewed = SimpleNamespace(datetime=Off, timezone=timezone, timedelta=timedelta)
    setattr(rq.utils, "datetime", skewed)  # noqa: B010


def _say_when_ready(place: Workplace, when_ready: Callable[[], None]) -> None:
    while not place.served:
        time.sleep(0.01)
    when_ready()


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2], partial(print, "ready", flush=True))
