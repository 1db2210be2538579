"""How long `/imagine` takes while a word is trained beside it: `python -m tests.benchmarks.beside_training`.

Seats of a worker make pictures of 20 steps, one job after another, while another seat trains a word from five
pictures: from its first look at them to its last step, and then the next one. Engine, models and stages are
real; there is no queue and no Discord. In every other turn the training stands still, as it does where many
jobs wait, so that a machine that slows down slows both.

The last line is one JSON object:

- `p95_over_alone`, `median_over_alone`: how long a picture takes beside a training, against without;
- `pictures_over_alone`: pictures a second, likewise;
- `share`: what a training may take of the device while pictures want it;
- `steps_a_second`: what the training gets on with meanwhile;
- `pictures`: how many were made beside it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import median

from gpuworker.stages.bench import Bench, JobCancelled
from gpuworker.stages.imagine import imagine
from gpuworker.stages.train import train
from storage.events import Progress
from storage.jobs import Job
from storage.settings import Settings
from storage.training import Example, Subject, Train
from tests.benchmarks.rounds import print_rounds
from tests.benchmarks.serving import p95
from tests.benchmarks.subjects import OBJECTS, pictures_of
from tests.benchmarks.workbench import stored, training_bench
from tests.conftest import a_job

ROUNDS, SECONDS = 6, 20.0
"""Turns of each way, and how long each lasts."""
STEPS, SEATS = 20, 3
_CROWD = 99


def measure(home: Path, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, float]:
    """Give the figures."""
    share = Settings(home=home).training_share
    beside, alone = list[float](), list[float]()
    with training_bench() as bench:
        imagine(a_job(steps=1), bench)
        with _trainings(replace(bench, training_share=share)) as training:
            training.go_on()
            time.sleep(seconds)  # it looks at its pictures first
            for _ in range(rounds):
                for taken, may_train in ((beside, True), (alone, False)):
                    (training.go_on if may_train else training.stand_still)()
                    taken += _imagined(bench, seconds)
    return {
        "p95_over_alone": p95(beside) / p95(alone),
        "median_over_alone": median(beside) / median(alone),
        "pictures_over_alone": len(beside) / len(alone),
        "share": share,
        "steps_a_second": training.steps / (rounds * seconds),
        "pictures": float(len(beside)),
    }


class _Training:
    """One training after another, each of which may be told to stand still."""

    def __init__(self, bench: Bench) -> None:
        self._crowd, self._over = _CROWD, threading.Event()
        self.steps, self._last = 0, 0
        self._bench = replace(
            bench,
            queued=lambda checkpoint: self._crowd,
            is_cancelled=lambda job_id: self._over.is_set(),
            tell=self._hear,
        )

    def go_on(self) -> None:
        self._crowd = 0

    def stand_still(self) -> None:
        self._crowd = _CROWD

    def end(self) -> None:
        self._over.set()

    def run(self) -> None:
        for what, seed in zip(OBJECTS, count(), strict=False):
            examples = [Example(image=stored(self._bench, each)) for each in pictures_of(what, seed=1)]
            task = Train(word="zorp", subject=Subject.OBJECT, examples=tuple(examples), seed=seed)
            try:
                train(Job(checkpoint="pocket", reply_to="darkroom:results:here", task=task), self._bench)
            except JobCancelled:
                return

    def _hear(self, progress: Progress) -> None:
        self.steps += max(0, progress.step - self._last)
        self._last = progress.step


@contextmanager
def _trainings(bench: Bench) -> Iterator[_Training]:
    training = _Training(bench)
    with ThreadPoolExecutor(1) as seat:
        running = seat.submit(training.run)
        try:
            yield training
        finally:
            training.end()
            running.result()


def _imagined(bench: Bench, seconds: float) -> list[float]:
    """Have all seats make one picture after another for so long; give the seconds that each took."""
    ends, took = time.perf_counter() + seconds, list[float]()

    def sit() -> None:
        while (began := time.perf_counter()) < ends:
            imagine(a_job(steps=STEPS), bench)
            took.append(time.perf_counter() - began)

    with ThreadPoolExecutor(SEATS) as seats:
        for each in [seats.submit(sit) for _ in range(SEATS)]:
            each.result()
    return took


def main() -> None:
    """Measure and print."""
    about = "How long pictures take while a word is trained beside them, as one JSON object."
    print_rounds("beside_training", about, measure, ROUNDS, SECONDS)


if __name__ == "__main__":
    main()
