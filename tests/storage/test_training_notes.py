"""How far a training is, for whoever goes on with it."""

from __future__ import annotations

from pathlib import Path

import redis

from storage.blobs import Blobs
from storage.connection import connect
from storage.training_notes import TrainingNotes

JOB = "0123456789abcdef"


def test_the_last_note_is_read_and_those_before_take_no_room(connection: redis.Redis, tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    notes = TrainingNotes(connection, blobs)
    assert notes.read(JOB) is None
    for state in (b"one", b"two", b"two", b"three"):
        notes.note(JOB, state)
    assert TrainingNotes(connection, blobs).read(JOB) == b"three"
    assert len(list(tmp_path.rglob("*.png"))) == 1
    notes.forget(JOB)
    assert notes.read(JOB) is None
    assert list(tmp_path.rglob("*.png")) == []


def test_a_note_that_somebody_else_wrote_is_none(connection: redis.Redis, tmp_path: Path) -> None:
    notes = TrainingNotes(connection, Blobs(str(tmp_path)))
    for said in ("../../etc/passwd", "ab" * 32):
        connection.set(f"darkroom:training:{JOB}", said)
        assert notes.read(JOB) is None


def test_nothing_is_raised_while_redis_is_away(tmp_path: Path) -> None:
    notes = TrainingNotes(connect("redis://localhost:1/0", patience=0.1), Blobs(str(tmp_path)))
    notes.note(JOB, b"state")
    assert notes.read(JOB) is None
    notes.forget(JOB)
