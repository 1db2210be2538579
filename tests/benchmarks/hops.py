"""How long each hop of a job takes: from a command to the queue, to a worker, to its result, to the post."""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import rq

from storage.events import publish_result, was_published

HOPS = ("command_to_queue", "queue_to_worker", "worker_to_result", "result_to_post")
Moments = dict[str, float]
"""When something happened to a job, by what: "queued", "taken" and "result"."""


def note_hops(file: Path) -> None:
    """Have this process's worker note when its jobs were queued, taken and done, one a line."""
    from gpuworker import worker

    def note(job_id: str, **moments: float) -> None:
        with file.open("a") as lines:
            lines.write(json.dumps({"job": job_id, **moments}) + "\n")

    def asked(connection: Any, job_id: str) -> bool:
        taken, job = time.time(), rq.get_current_job()
        if job is not None and job.enqueued_at is not None:
            note(job_id, queued=job.enqueued_at.timestamp(), taken=taken)
        return was_published(connection, job_id)

    def published(connection: Any, job: Any, result: Any) -> bool:
        done = publish_result(connection, job, result)
        note(job.id, result=time.time())
        return done

    setattr(worker, "was_published", asked)  # noqa: B010
    setattr(worker, "publish_result", published)  # noqa: B010


def read_hops(files: Iterable[Path]) -> dict[str, Moments]:
    """Read what workers noted, by job: of one that was given to two of them, what happened first."""
    found: dict[str, Moments] = defaultdict(dict)
    for file in files:
        for line in file.read_text().splitlines():
            said = json.loads(line)
            moments = found[said.pop("job")]
            moments |= {what: min(at, moments.get(what, at)) for what, at in said.items()}
    return dict(found)


def jobs_of_messages(database: Path) -> dict[int, str]:
    """Give the job that each message of the bot is about."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as rows:
        return dict(rows.execute("SELECT message_id, id FROM jobs WHERE message_id IS NOT NULL"))


def p95_of_hops(
    asked: Mapping[str, tuple[float, float]], noted: Mapping[str, Moments]
) -> dict[str, float | int]:
    """Give what one in twenty exceeds, in seconds, from when members asked and had their pictures.

    `followed` counts the jobs of which every hop is known.
    """
    waits = []
    for job, (command, post) in asked.items():
        moments = noted.get(job, {})
        if moments.keys() >= {"queued", "taken", "result"}:
            row = [command, moments["queued"], moments["taken"], moments["result"], post]
            waits.append([later - sooner for sooner, later in pairwise(row)])
    found: dict[str, float | int] = {"followed": len(waits)}
    if len(waits) > 1:
        for name, hop in zip(HOPS, zip(*waits, strict=True), strict=True):
            found[f"{name}_p95_s"] = round(statistics.quantiles(hop, n=20)[-1], 3)
    return found
