"""Who has no key can run and post nothing, whatever they write to Redis."""

from __future__ import annotations

import json
import stat
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from gpuworker.workplace import Workplace
from storage.connection import connect
from storage.embedded_redis import RedisNotStarted
from storage.events import BOT_RESULTS, Finished, publish_result, wait_result
from storage.farm import workers
from storage.jobs import Job
from storage.queue import JobQueue, queue_of
from storage.queued_job import ENTRY_POINT
from storage.result_stream import ResultStream
from storage.settings import Settings, SettingsError, read_settings
from storage.signing import UNSIGNED, Signer, WrongSignature, signer_for, signer_of
from tests.conftest import a_job, small_disk
from tests.gpuworker.fake_farm import a_workplace, fake_engine, serving, until

OURS, THEIRS = Signer(b"a key of ours that nobody knows"), Signer(b"another key, which is not ours")
VALUES = st.dictionaries(
    st.text(max_size=8),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.lists(st.integers(), max_size=3),
    max_size=6,
)


@given(VALUES)
def test_what_was_signed_is_believed_whatever_way_its_json_took(said: dict[str, object]) -> None:
    said.pop("signature", None)
    signed = OURS.sign("job", said)
    there = json.dumps(dict(reversed(list(signed.items()))), indent=1, ensure_ascii=False)
    OURS.check_json("job", there)
    assert {name: value for name, value in signed.items() if name != "signature"} == said


@pytest.mark.parametrize(
    "forged", ["another key", "another kind", "changed", "no JSON", "no object", "unsigned"]
)
def test_nothing_else_is_believed(forged: str) -> None:
    said = {"id": "1", "steps": 4}
    signed = OURS.sign("job", said)
    lie = {
        "changed": json.dumps({**signed, "steps": 5}),
        "unsigned": json.dumps(said),
        "another key": json.dumps(THEIRS.sign("job", said)),
        "another kind": json.dumps(OURS.sign("result", said)),
        "no object": "[]",
        "no JSON": "{",
    }[forged]
    with pytest.raises(WrongSignature):
        OURS.check_json("job", lie)
    UNSIGNED.check_json("job", lie)


def test_one_machine_makes_its_key_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    first = signer_for(settings).fingerprint
    assert first is not None
    assert signer_for(settings).fingerprint == first
    file = settings.redis_folder / "queue.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in settings.redis_folder.iterdir()] == ["queue.key"]
    elsewhere = settings.model_copy(update={"redis_url": "redis://there"})
    assert signer_for(elsewhere).fingerprint is None
    chosen = elsewhere.model_copy(update={"queue_key": SecretStr("k" * 32)})
    assert signer_for(chosen).fingerprint not in (None, first)


def test_a_key_that_can_be_guessed_is_refused(settings_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_QUEUE_KEY", "secret")
    with pytest.raises(SettingsError, match="must have 32 characters or more") as refusal:
        read_settings(Settings)
    assert "secret" not in str(refusal.value)


@pytest.fixture
def ours(redis_address: str, connection: redis.Redis, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, redis_url=redis_address, queue_key=SecretStr("k" * 32))


@pytest.fixture
def place(ours: Settings, redis_address: str, tmp_path: Path) -> Workplace:
    """A worker that has the key."""
    place = a_workplace(tmp_path, redis_address)
    place.patient, place.quick = connect(ours, patience=60), connect(ours, patience=0.2)
    return place


def test_a_worker_runs_what_was_signed_and_nothing_else(
    connection: redis.Redis, ours: Settings, place: Workplace
) -> None:
    stranger, bot = JobQueue(connection), JobQueue(connect(ours))
    forged, real, changed = a_job(), a_job(), a_job()
    stranger.enqueue(forged)
    dearer = signer_of(connect(ours)).sign("job", changed.model_dump(mode="json")) | {"checkpoint": "dear"}
    queue_of("pocket", connection).enqueue_call(ENTRY_POINT, args=[dearer], job_id=changed.id)
    bot.enqueue(real)
    with serving(place):
        result = wait_result(connect(ours), real.reply_to, 120)
        assert isinstance(result, Finished)
        until(lambda: not connection.llen(queue_of("pocket", connection).key))
        assert len(fake_engine(place).rendered) == 1
    assert not connection.exists(forged.reply_to, changed.reply_to)


async def test_the_bot_reads_what_was_signed_and_acknowledges_the_rest(
    connection: redis.Redis, ours: Settings
) -> None:
    from storage.connection import connect_async

    def done(job: Job) -> Finished:
        return Finished(job_id=job.id, seconds=1)

    forged, real = a_job(reply_to=BOT_RESULTS), a_job(reply_to=BOT_RESULTS)
    publish_result(connection, forged, done(forged))
    publish_result(connect(ours), real, done(real))
    client = connect_async(ours)
    stream = ResultStream(client, BOT_RESULTS, group="bot", consumer="bot")
    assert [result.job_id for _, result in await stream.read(100)] == [real.id]
    assert connection.xlen(BOT_RESULTS) == 1
    assert connection.xlen(f"{BOT_RESULTS}:dead") == 1
    await client.aclose()


def test_a_worker_with_another_key_than_the_bot_takes_no_jobs_and_says_why(
    connection: redis.Redis, ours: Settings, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gpuworker import seats
    from storage.farm import tell_key

    monkeypatch.setattr(seats, "PULSE_SECONDS", 0.2)
    other = connect(ours.model_copy(update={"queue_key": SecretStr("o" * 32)}))
    tell_key(other)
    with serving(place):
        until(lambda: any(card.ails for card in workers(connection)))
        (card,) = workers(connection)
        assert "another DARKROOM_QUEUE_KEY than the bot" in (card.ails or "")
        job = a_job()
        JobQueue(other).enqueue(job)
        assert wait_result(other, job.reply_to, 1.0) is None
        assert queue_of("pocket", connection).job_ids == [job.id], "it waits for a worker that believes it"
        tell_key(connect(ours))
        until(lambda: [card.ails for card in workers(connection)] == [None])


def test_a_key_that_cannot_be_kept_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path, "size=64k"):
        known, full = Settings(home=tmp_path), tmp_path / "full"
        known.redis_folder.mkdir(parents=True)
        with suppress(OSError), full.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        with pytest.raises(RedisNotStarted) as refused:
            signer_for(known)
        assert str(refused.value) == (
            f"The disk that holds {known.redis_folder} is full: make room and start again."
        )
        full.unlink()
        assert signer_for(known).fingerprint == signer_for(known).fingerprint
        assert [each.name for each in known.redis_folder.iterdir()] == ["queue.key"]
