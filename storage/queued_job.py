"""A job as RQ keeps it in Redis: only one of our own is read, whoever wrote it."""

from __future__ import annotations

import json
import zlib
from typing import Any

import redis
import rq
from rq.exceptions import NoSuchJobError
from rq.utils import as_text

from storage.running import Running

ENTRY_POINT = "gpuworker.worker.perform"
"""The function that a seat calls, by name: the bot runs where its GPU libraries are not installed."""
_LARGEST = 8_000_000
"""Bytes of a job's JSON: a form of four long prompts has some ten thousand."""
_FOREIGN_FIELDS = (
    *("success_callback_name", "failure_callback_name", "stopped_callback_name"),
    *("webhooks", "dependency_id", "dependency_ids"),
)


class NotOurs(NoSuchJobError):
    """An entry that no bot of ours wrote, or that was damaged; the message says what is wrong with it.

    To RQ it is a job that is not there: it is neither run nor retried, and what is next to it goes on.
    """


class QueuedJob(rq.job.Job):
    """Does not exist, as far as RQ is concerned, unless it calls ENTRY_POINT with one JSON object.

    RQ imports and calls whatever functions a job names, in its data and as callbacks, so that whoever can
    write to Redis could run anything on every worker. This is looked at before RQ reads a name.
    """

    @property
    def started_job_registry(self) -> Running:
        """Give the registry in which the job stands while it runs."""
        return Running(
            self.origin, connection=self.connection, job_class=self.__class__, serializer=self.serializer
        )

    def refresh(self) -> None:
        """Read the job from Redis. Raises NotOurs, NoSuchJobError if it is gone, or redis.RedisError."""
        try:
            super().refresh()  # type: ignore[no-untyped-call]
        except redis.ResponseError as error:
            if "WRONGTYPE" in str(error):
                raise NotOurs(f"{self.key} is no hash.") from error
            raise

    def restore(self, raw_data: Any) -> Any:
        """Take over what Redis holds. Raises NotOurs."""
        try:
            fields = {as_text(name): value for name, value in raw_data.items()}
            _only_the_entry_point(fields)
            return super().restore(raw_data)
        except NoSuchJobError:
            raise
        except Exception as error:
            # RQ parses dates, numbers and JSON there, and each fails in its own way.
            raise NotOurs(f"It cannot be read: {error!r}.") from error


def _only_the_entry_point(fields: dict[str, Any]) -> None:
    if foreign := [name for name in _FOREIGN_FIELDS if fields.get(name) not in (None, b"", b"[]")]:
        raise NotOurs(f"It asks for more than to be run: {', '.join(foreign)}.")
    name, instance, arguments, named = json.loads(_unpacked(fields["data"]))
    if name != ENTRY_POINT:
        raise NotOurs(f"It calls {str(name)[:100]!r} instead of {ENTRY_POINT}.")
    if instance is not None or named or len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise NotOurs(f"{ENTRY_POINT} takes one JSON object.")


def _unpacked(data: bytes) -> bytes:
    if data[:1] == b"[":
        return data
    unpacking = zlib.decompressobj()
    unpacked = unpacking.decompress(data, _LARGEST)
    if not unpacking.eof:
        raise NotOurs("It is too large, or cut off.")
    return unpacked
