"""What a training loses whose workers are killed: `python -m tests.benchmarks.killed_training`.

A real Redis with a journal and two real workers (`darkroom worker`) train a word from five pictures. The one
that has it is killed at a third of the steps, and the one that has it then at two thirds; each time another
is started in its place. Then the same training is made once more and left alone. The last line is one JSON
object:

- `same_word`: whether both gave the same file;
- `steps_again`: for each death, the steps that were told of before it and were made again;
- `work_lost_s`: the same in seconds, as long as those steps took the first time;
- `wall_lost_s`: how long it took from each death until the training was as far as before. Much of that is
  until the dead one is missed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis
import rq

from storage.blobs import Blobs
from storage.connection import connect
from storage.embedded_redis import EmbeddedRedis
from storage.events import PROGRESS, Finished, Progress, wait_result
from storage.farm import workers
from storage.jobs import Job
from storage.queue import JobQueue
from storage.settings import Settings
from storage.training import Example, Subject, Train
from tests.benchmarks.subjects import OBJECTS, pictures_of
from tests.benchmarks.workbench import put

_DEATHS = (1 / 3, 2 / 3)
"""When a worker is killed, as shares of the steps."""
_PATIENCE = 1800.0


@dataclass
class Farm:
    """Workers as processes, and Redis as they see it."""

    settings: Settings
    connection: redis.Redis
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start a worker more."""
        environment = {**os.environ, "DARKROOM_HOME": str(self.settings.home)}
        command = [sys.executable, "-m", "darkroom", "worker", "--checkpoint", "pocket"]
        with (self.settings.home / "worker.log").open("ab") as log:
            self.running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    def wait_for(self, count: int) -> None:
        """Wait until so many workers can be seen."""
        give_up = time.monotonic() + _PATIENCE
        while len(workers(self.connection)) < count:
            assert time.monotonic() < give_up, "no worker came up"
            time.sleep(0.2)

    def kill_who_has(self, job: Job) -> None:
        """Kill the worker whose seat has the job: the name of a seat ends in process, number and chance."""
        seat = rq.job.Job.fetch(job.id, connection=self.connection).worker_name
        assert seat is not None
        (dead,) = [each for each in self.running if each.pid == int(seat.split("-")[-3])]
        dead.kill()
        dead.wait()
        self.running.remove(dead)


@contextmanager
def a_farm() -> Iterator[Farm]:
    """Give a farm of two workers, which are killed in the end."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        with EmbeddedRedis(settings.redis_folder):
            farm = Farm(settings, connect(settings))
            try:
                farm.start()
                farm.start()
                farm.wait_for(2)
                yield farm
            finally:
                for process in farm.running:
                    process.kill()
                    process.wait()


@dataclass
class Lost:
    """What one death cost."""

    steps_again: int
    work_s: float
    wall_s: float


class Heard:
    """What is told of the steps of a training."""

    def __init__(self, connection: redis.Redis, job: Job) -> None:
        self._channel: redis.client.PubSub = connection.pubsub(  # type: ignore[no-untyped-call]
            ignore_subscribe_messages=True
        )
        self._job = job
        self._channel.subscribe(PROGRESS)

    def steps(self) -> Iterator[tuple[float, int]]:
        """Give when a step was told of, and which, for as long as a training may take."""
        give_up = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up:
            message = self._channel.get_message(timeout=1.0)
            if message is not None:
                told = Progress.model_validate_json(message["data"])
                if told.job_id == self._job.id:
                    yield time.monotonic(), told.step


def train_with_deaths(farm: Farm, job: Job, task: Train) -> list[Lost]:
    """Have the job done while its workers are killed, and say what each death cost."""
    heard = Heard(farm.connection, job).steps()
    JobQueue(farm.connection).enqueue(job)
    lost = []
    for share in _DEATHS:
        told = list[tuple[float, int]]()
        for at, step in heard:
            told.append((at, step))
            if step >= share * task.steps:
                break
        died, reached = time.monotonic(), told[-1][1]
        farm.kill_who_has(job)
        farm.start()
        first = next(step for _, step in heard)
        again = next((at for at, step in heard if step >= reached), time.monotonic())
        since = max((at for at, step in told if step <= first), default=told[0][0])
        lost.append(Lost(max(0, reached - first), told[-1][0] - since, again - died))
    return lost


def word_of(farm: Farm, job: Job) -> str:
    """Wait for the result, and give the hash of the word's file."""
    result = wait_result(farm.connection, job.reply_to, _PATIENCE)
    assert isinstance(result, Finished), result
    assert result.trained is not None
    return result.trained.file


def measure() -> dict[str, object]:
    """Train twice, and compare."""
    with a_farm() as farm:
        blobs = Blobs(farm.settings.blobs_place)
        examples = tuple(Example(image=put(blobs, each)) for each in pictures_of(OBJECTS[0], seed=1))
        task = Train(word="zorp", subject=Subject.OBJECT, examples=examples, seed=1)
        job, left_alone = (
            Job(checkpoint="pocket", reply_to=f"darkroom:results:{name}", task=task)
            for name in ("killed", "alone")
        )
        lost = train_with_deaths(farm, job, task)
        word = word_of(farm, job)
        JobQueue(farm.connection).enqueue(left_alone)
        return {
            "same_word": word == word_of(farm, left_alone),
            "steps_again": [each.steps_again for each in lost],
            "work_lost_s": [round(each.work_s, 1) for each in lost],
            "wall_lost_s": [round(each.wall_s, 1) for each in lost],
        }


if __name__ == "__main__":
    print(json.dumps(measure()))
