"""The farm as Prometheus sees it: looked at anew each time that the bot is asked."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import redis
from prometheus_client import REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from storage.connection import connect
from storage.errors import reason_of
from storage.overview import Line, Overview, overview
from storage.settings import Settings

log = logging.getLogger(__name__)


@contextmanager
def farm_metrics(settings: Settings) -> Iterator[None]:
    """Show the farm among this process's metrics while the block runs."""
    collector = FarmMetrics(connect(settings, patience=0.5))
    REGISTRY.register(collector)
    try:
        yield
    finally:
        REGISTRY.unregister(collector)


class FarmMetrics(Collector):
    """Tells of queues and workers; while Redis is away, only that it is."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def describe(self) -> Iterable[Metric]:
        """List nothing beforehand: registering must not ask Redis."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics as they are now."""
        up = GaugeMetricFamily("darkroom_redis_up", "Whether Redis answers.")
        try:
            now = overview(self._redis)
        except redis.RedisError as error:
            log.debug("no farm metrics: %s", reason_of(error))
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, *_queues(now.lines), *_workers(now)]


def _queues(lines: Iterable[Line]) -> list[Metric]:
    waiting = GaugeMetricFamily(
        "darkroom_queue_jobs",
        "Jobs that wait, by checkpoint and by how urgent they are.",
        labels=["checkpoint", "urgency"],
    )
    running = _by_checkpoint("darkroom_running_jobs", "Jobs that seats have taken.")
    oldest = _by_checkpoint("darkroom_queue_oldest_seconds", "How long the job has waited that is next.")
    serving = _by_checkpoint("darkroom_workers", "Workers that are alive and serve the checkpoint.")
    speed = _by_checkpoint(
        "darkroom_picture_steps_per_second", "Denoising steps of one picture that all workers do in a second."
    )
    for line in lines:
        name = [line.checkpoint]
        for urgency, jobs in line.urgencies.items():
            waiting.add_metric([line.checkpoint, urgency], jobs)
        running.add_metric(name, line.running)
        oldest.add_metric(name, line.oldest_seconds)
        serving.add_metric(name, line.workers)
        speed.add_metric(name, line.picture_steps_per_second)
    return [waiting, running, oldest, serving, speed]


def _workers(now: Overview) -> list[Metric]:
    undelivered = GaugeMetricFamily("darkroom_undelivered_results", "Results that are not posted yet.")
    undelivered.add_metric([], now.undelivered)
    seats = GaugeMetricFamily("darkroom_seats", "Jobs that all workers take at once.")
    seats.add_metric([], sum(card.seats for card in now.workers))
    return [undelivered, seats]


def _by_checkpoint(name: str, says: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=["checkpoint"])
