from __future__ import annotations

from pathlib import Path

import pytest
import redis
import rq
from rq.serializers import JSONSerializer

from gpuworker import seats
from gpuworker.workplace import Workplace
from storage.events import Finished, result_key, wait_result
from storage.queue import JobQueue, queue_of
from storage.queued_job import ENTRY_POINT
from storage.running import running_key
from storage.share import Share
from tests.conftest import a_job
from tests.gpuworker import fake_farm
from tests.gpuworker.fake_farm import fake_engine, serving, until


@pytest.mark.parametrize("where", ["waiting", "running"])
def test_a_job_that_calls_something_else_is_not_run_and_the_next_one_is(
    connection: redis.Redis, place: Workplace, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "PULSE_SECONDS", 0.2)
    witness, lane = tmp_path / "was-here", queue_of("pocket", connection)
    foreign = rq.Queue(lane.name, connection=connection, serializer=JSONSerializer)
    foreign.enqueue_call("os.mkdir", args=[str(witness)], job_id="foreign", retry=rq.Retry(max=3))
    foreign.enqueue_call(
        ENTRY_POINT, args=[{}], job_id="callback", on_failure=rq.Callback("tests.gpuworker.test_seats.boom")
    )
    connection.hset("rq:job:broken", "data", b"{")
    names = [b"foreign", b"callback", b"broken", b"two:parts", b"\xff\xfe", b"gone"]
    connection.rpush(lane.key, *names[2:])
    if where == "running":
        # As a seat left them that died with them in hand, with a good one among them.
        entries = [name + b":execution" for name in names]
        connection.zadd(running_key(lane), dict.fromkeys([*entries, b"no-execution"], 1))
        connection.delete(lane.key)
    good = a_job(steps=1)
    JobQueue(connection).enqueue(good)
    if where == "running":
        connection.delete(lane.key)
        connection.zadd(running_key(lane), {f"{good.id}:execution": 2})
    with serving(place):
        assert isinstance(wait_result(connection, good.reply_to, 120), Finished)
        until(lambda: not lane.job_ids and not connection.llen(lane.intermediate_queue_key))
        until(lambda: not connection.zcard(running_key(lane)))
    assert not witness.exists()
    assert not ran
    assert len(fake_engine(place).rendered) == 1


ran: list[object] = []


def boom(*anything: object) -> None:
    ran.append(anything)


@pytest.mark.slow
def test_who_asks_for_one_picture_does_not_wait_for_somebodys_hundred(
    connection: redis.Redis, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A minute for each of the hundred, however slow the machine is.
    monkeypatch.setattr(fake_farm, "STEP_SECONDS", 0.6)
    queue = JobQueue(connection)
    hundred = [a_job(steps=100).model_copy(update={"share": Share(member="ada")}) for _ in range(20)]
    one = a_job(steps=1).model_copy(update={"share": Share(member="ben")})
    with serving(place):
        for job in hundred:
            queue.enqueue(job)
        # One more seat is left for whoever comes: it takes none of the hundred, not even the first.
        until(lambda: connection.zcard(running_key(queue_of("pocket", connection))) >= place.seats)
        queue.enqueue(one)
        until(lambda: connection.exists(result_key(one.id)))
        assert not any(connection.exists(result_key(job.id)) for job in hundred)
        for job in hundred:
            queue.cancel(job)
