"""One worker process: an engine, its seats, and what becomes of each job."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import redis
import rq
from pydantic import ValidationError

from gpuworker.affinity import Affinity
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.duty import Duty, pass_on
from gpuworker.engine.errors import EngineStopped, Lacking, RenderError
from gpuworker.pulse import announce_worker, compare_with_bot, pulse
from gpuworker.seat import DiedTooOften
from gpuworker.seats import Seats
from gpuworker.signals import signals_told
from gpuworker.stages.bench import Bench, JobCancelled, JobFailed, WorkerFailed, WorkerLacks
from gpuworker.stages.caption import caption
from gpuworker.stages.describe import describe
from gpuworker.stages.imagine import imagine
from gpuworker.stages.shorten import shorten
from gpuworker.stages.train import train
from gpuworker.stages.upscale import upscale
from gpuworker.workplace import Claim, Workplace, open_workplace
from moderation.told import Told, told_of
from storage.attempts import Refusal, forget
from storage.blobs import BlobStoreAway, BlobStoreSilent
from storage.events import (
    Cancelled,
    Failed,
    Finished,
    publish_result,
    reply,
    was_published,
)
from storage.farm import withdraw
from storage.heartbeat import hangs_for_long
from storage.job_line import job_line
from storage.jobs import Describe, Imagine, Job, Shorten, Upscale
from storage.metrics import JOB_SECONDS
from storage.metrics_page import metrics_page
from storage.queue import queue_of, training_queue_of
from storage.served import ServedCheckpoint
from storage.set_aside import set_aside
from storage.settings import Settings
from storage.signing import WrongSignature, signer_of
from storage.training import Caption, Train
from storage.versions import TooNew, recognising_news

log = logging.getLogger(__name__)

SEATS = 8
"""Jobs at once, each of up to four pictures: enough to fill a batch, few enough that each one moves."""
GRACE_SECONDS = 4.5
"""A worker that is told to stop finishes what it can in this time and hands the rest back.

Together with HAND_BACK_SECONDS it stays below 8 s, in which whoever runs it wants to see it gone.
"""
HAND_BACK_SECONDS = 1.5
_LOOK_SECONDS = 0.5
"""Between two looks for signals: one that comes just before the main thread falls asleep does not wake it."""
_LOOK_AGAIN_SECONDS, _LOOK_NOW_AND_THEN_SECONDS = 2.0, 60.0
"""Between two looks at which store of pictures this is: while it is not the bot's, and once it is."""
UNREADABLE = Told("The worker that got this job is of another version than the bot and cannot read it.")
_HANDED_BACK_AT_MOST = 100

_workplace: contextvars.ContextVar[Workplace] = contextvars.ContextVar("workplace")


def perform(data: dict[str, Any]) -> rq.Retry | None:
    """Do a job: RQ calls this in a seat's thread. The result goes to the job's stream, once.

    Raises `redis.RedisError` when it cannot be published; RQ then lets the job run again elsewhere.
    """
    place = _workplace.get()
    try:
        signer_of(place.patient).check("job", data)
    except WrongSignature as error:
        log.error("job %s: not run. %s", data.get("id"), error)
        return None
    try:
        with recognising_news("job", Told("The worker that got this job is older than the bot")):
            job = Job.model_validate(data)
    except (TooNew, ValidationError) as error:
        log.error("job %s: cannot be read: %s", data.get("id"), error)
        if isinstance(error, TooNew) and _leave_unread(place, data):
            return rq.Retry(max=_HANDED_BACK_AT_MOST)
        _refuse_unreadable(place, data, told_of(error) if isinstance(error, TooNew) else UNREADABLE)
        return None
    if was_published(place.patient, job.id):
        log.info("job %s: done already", job.id)
        forget(place.patient, job.id)
        return None
    log.debug("job %s: %s with %s", job.id, job.task.kind, job.checkpoint)
    began = time.monotonic()
    if not job.is_training:  # it stands still while the queue is long, and that is no illness
        place.watch.began(job)
    try:
        result = _result_of(job, place)
    finally:
        place.watch.ended(job)
    if isinstance(result, _FailedHere):
        result = None if pass_on(place, job.id, job.checkpoint, result.why) else result.failed
    elif isinstance(result, Finished):
        place.health.succeeded()
    outcome = "handed back" if result is None else result.kind
    JOB_SECONDS.labels(job.task.kind, outcome).observe(time.monotonic() - began)
    if result is None:
        log.info("job %s: handed back", job.id)
        return rq.Retry(max=_HANDED_BACK_AT_MOST)
    _publish(place, job, result)
    return None


def _publish(place: Workplace, job: Job, result: Finished | Failed | Cancelled) -> None:
    """Tell what became of a job; how far a training got is of no use then."""
    published = publish_result(place.patient, job, result)
    if job.is_training and place.bench.notes is not None:
        place.bench.notes.forget(job.id)
    log.info("job %s: %s%s", job.id, job_line(job, result), "" if published else " (again)")


@dataclass(frozen=True, slots=True)
class _FailedHere:
    """A failure that may be this worker's own: what is said of it if nobody else can try."""

    failed: Failed
    why: Refusal = Refusal.FAILED


def _result_of(job: Job, place: Workplace) -> Finished | Failed | Cancelled | _FailedHere | None:
    """Run the job's stage; None when the engine stopped and another worker has to do it."""
    began = time.monotonic()
    if place.bench.is_cancelled(job.id):
        return Cancelled(job_id=job.id)
    try:
        # How long a training takes is up to the others, and says nothing of the device.
        with nullcontext() if job.is_training else place.throughput.measuring(job):
            made = _make(job, place.bench)
        return Finished(job_id=job.id, **made, seconds=time.monotonic() - began)
    except JobCancelled:
        return Cancelled(job_id=job.id)
    except EngineStopped:
        # A worker without its engine is of no use: leave, and be started again by whoever started it.
        place.stop.set()
        return None
    except (JobFailed, RenderError) as error:
        if isinstance(error.__cause__, BlobStoreSilent):
            # Nobody could be told before the bot is back, and then the job can be done.
            return None
        failed = Failed(job_id=job.id, message=told_of(error))
        if isinstance(error, Lacking | WorkerLacks):
            return _FailedHere(failed, Refusal.LACKS)
        return _FailedHere(failed) if isinstance(error, WorkerFailed) else failed
    except CheckpointError as error:
        log.error("job %s: %s", job.id, error)
        message = Told(
            "The checkpoint {checkpoint} cannot be used right now; the worker's log says why.",
            checkpoint=job.checkpoint,
        )
        return _FailedHere(Failed(job_id=job.id, message=message))
    except rq.timeouts.JobTimeoutException:
        log.error("job %s: took too long", job.id)
        message = Told("The job took too long and was stopped. Fewer steps may help.")
        return Failed(job_id=job.id, message=message)
    except Exception:
        log.exception("job %s: failed", job.id)
        message = Told("Something went wrong while the pictures were made. Please try again.")
        return _FailedHere(Failed(job_id=job.id, message=message))


def _make(job: Job, bench: Bench) -> dict[str, Any]:
    """Give what the job's stage makes of it, as fields of Finished."""
    match job.task:
        case Imagine():
            return {"pictures": imagine(job, bench)}
        case Upscale():
            return {"pictures": upscale(job, bench)}
        case Describe() | Caption() | Shorten():
            say = {"describe": describe, "caption": caption, "shorten": shorten}[job.task.kind]
            return {"description": say(job, bench)}
        case Train():
            pictures, trained = train(job, bench)
            return {"pictures": pictures, "trained": trained}


def _leave_unread(place: Workplace, data: Mapping[str, Any]) -> bool:
    """Leave a job of a newer version to a worker that may be able to read it; False if there is none."""
    job_id, checkpoint = data.get("id"), data.get("checkpoint")
    if not isinstance(job_id, str) or not isinstance(checkpoint, str):
        return False
    return pass_on(place, job_id, checkpoint, Refusal.UNREADABLE)


def _refuse_unreadable(place: Workplace, data: Mapping[str, Any], message: str) -> None:
    try:
        failed = Failed(job_id=str(data.get("id")), message=message)
    except ValidationError:
        return
    reply(place.patient, failed.job_id, str(data.get("reply_to")), failed)


def _give_up(place: Workplace, job: rq.job.Job, error: BaseException) -> None:
    """Tell of a job that fell with every worker that tried it: nobody else will."""
    log.error("job %s: given up: %r", job.id, error)
    if isinstance(error, DiedTooOften):
        set_aside(place.quick, job.id, job.args[0], error.deaths)
    reply_to = job.args[0].get("reply_to")
    if not isinstance(reply_to, str):
        return
    message = Told("The workers that tried this job all died over it, so it was given up.")
    reply(place.quick, job.id, reply_to, Failed(job_id=job.id, message=message))


def run_worker(
    settings: Settings,
    *,
    seats: int | None = None,
    checkpoints: list[str] | None = None,
    stop: threading.Event | None = None,
    claim: Claim = Claim.NONE,
) -> None:
    """Serve jobs until SIGTERM, SIGINT or `stop`: with `seats` at once, from the queues of `checkpoints`.

    Without `checkpoints` it serves every one in the checkpoints folder that is sound. Ends by SystemExit with
    a sentence when there is no checkpoint at all, no place for pictures, or no device as it is claimed.
    Raises MetricsNotServed.
    """
    from gpuworker.offer import offered_names, offers

    with open_workplace(settings, seats or SEATS, stop or threading.Event(), claim) as place:
        names = checkpoints or offered_names(settings)
        found = offers(names, place.bench.checkpoints, place.bench.engine)
        hangs = partial(hangs_for_long, settings.home, "worker")
        with metrics_page(settings.metrics_address, hangs, partial(_not_ready, place)):
            serve(place, found)
    if place.barren:
        raise SystemExit("No checkpoint can be served; the lines above say why.")


def _not_ready(place: Workplace) -> str | None:
    """Say why the worker takes no jobs yet, or not any more."""
    if place.stop.is_set():
        return "The worker is leaving."
    return None if place.served else "No checkpoint is served yet."


def serve(place: Workplace, offers: Iterator[ServedCheckpoint]) -> None:
    """Seat the workers, offer one checkpoint after the other, and leave in good order when told to stop.

    Jobs get GRACE_SECONDS to finish; then the engine is stopped, which makes the seats hand their jobs back.
    """
    _workplace.set(place)
    # On a thread of its own: a store may keep everybody waiting who asks.
    threading.Thread(target=_identify, args=[place], name="identity", daemon=True).start()
    affinity = Affinity(place.name, place.bench.checkpoints)
    seats = Seats(
        place.seats,
        lanes=lambda connection: [queue_of(name, connection) for name in place.served],
        training_lanes=lambda connection: [training_queue_of(name, connection) for name in place.served],
        patient=place.patient,
        quick=place.quick,
        stop=place.stop,
        give_up=partial(_give_up, place),
        duty=Duty(place),
        on_pulse=partial(pulse, place),
        locality=lambda in_hand: affinity.locality(place.served, in_hand),
    )
    with suppress(redis.RedisError):  # the pulse tries again
        compare_with_bot(place)
    with signals_told() as told:
        seats.start()
        threading.Thread(target=_offer, args=(place, offers), name="offer", daemon=True).start()
        while not told and not place.stop.wait(_LOOK_SECONDS):
            pass
        place.stop.set()
        log.info("Stopping: running jobs have %.0f s to finish.", GRACE_SECONDS)
        if not seats.wait(GRACE_SECONDS):
            # On a thread of its own: it waits for the step that is running, however long that takes.
            threading.Thread(target=place.bench.engine.stop, name="stop", daemon=True).start()
            seats.wait(HAND_BACK_SECONDS)
        seats.end()
    with suppress(redis.RedisError):
        withdraw(place.quick, place.name)


def _identify(place: Workplace) -> None:
    """Learn, again and again, which store of pictures this is: a folder may be mounted later, or no more."""
    told = ""
    while True:
        try:
            place.blobs_identity, told = place.bench.blobs.identity(), ""
        except BlobStoreAway as error:
            if told != (told := str(error)):
                log.error("%s", told)
        soon = place.blobs_identity is None or place.is_strange
        if place.stop.wait(_LOOK_AGAIN_SECONDS if soon else _LOOK_NOW_AND_THEN_SECONDS):
            return


def _offer(place: Workplace, offers: Iterator[ServedCheckpoint]) -> None:
    try:
        for checkpoint in offers:
            log.info("checkpoint %s: served (%s)", checkpoint.name, checkpoint.hash[:10])
            place.served = {**place.served, checkpoint.name: checkpoint}
            with suppress(redis.RedisError):
                announce_worker(place)
    except EngineStopped:
        return
    except Exception:
        log.exception("The checkpoints could not be examined.")
    if not place.served:
        place.barren = True
        place.stop.set()
