"""The fair order, by its script over RQ's own queues."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest
import redis
import rq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.fair import FairQueue, Locality
from storage.jobs import Job
from storage.queue import JobQueue, queue_of
from storage.running import running_key
from storage.share import Share, Urgency
from storage.take_back import put_back
from tests.conftest import a_job


def job_of(member: str, steps: int = 10, checkpoint: str = "pocket", **share: object) -> Job:
    """A job of `steps` / 61 megapixel-steps."""
    return a_job(checkpoint, steps=steps).model_copy(
        update={"share": Share.model_validate({"member": member, **share})}
    )


def enqueue(connection: redis.Redis, *jobs: Job) -> dict[str, str]:
    queue = JobQueue(connection)
    for job in jobs:
        queue.enqueue(job)
    return {job.id: job.share.member for job in jobs}


def take(connection: redis.Redis, *checkpoints: str, locality: Locality | None = None) -> str | None:
    lanes = [queue_of(name, connection) for name in (checkpoints or ("pocket",))]
    found = FairQueue(connection).take(lanes, locality or Locality())
    return None if found is None else found[1].decode()


def taken(connection: redis.Redis, whose: dict[str, str], *checkpoints: str) -> list[str]:
    """The members of all that waits, in the order in which it is taken."""
    order = []
    while (job_id := take(connection, *checkpoints)) is not None:
        order.append(whose[job_id])
    return order


def test_without_anything_to_do_nothing_is_taken(connection: redis.Redis) -> None:
    assert take(connection) is None


def test_how_long_a_job_waited_is_known_also_if_it_was_put_back(connection: redis.Redis) -> None:
    (job_id,) = enqueue(connection, job_of("ada"))
    lane, fair = queue_of("pocket", connection), FairQueue(connection)
    assert fair.waited(job_id) is None, "it was not taken"
    began = time.monotonic()
    fair.lines([lane])
    time.sleep(0.3)
    assert take(connection) == job_id
    assert 0.29 <= (first := fair.waited(job_id) or 0) <= time.monotonic() - began + 0.01
    time.sleep(0.5)
    put_back(lane, job_id.encode())
    fair.lines([lane])
    assert take(connection) == job_id
    assert first + 0.49 <= (fair.waited(job_id) or 0) <= time.monotonic() - began + 0.01


def test_a_job_that_a_worker_before_this_version_took_has_no_known_wait(connection: redis.Redis) -> None:
    (job_id,) = enqueue(connection, job_of("ada"))
    take(connection)
    said = json.loads(connection.get(f"darkroom:fair:taken:{job_id}") or "{}")
    del said["came"]
    connection.set(f"darkroom:fair:taken:{job_id}", json.dumps(said))
    assert FairQueue(connection).waited(job_id) is None


def test_a_member_who_comes_later_is_next_however_many_jobs_another_has(connection: redis.Redis) -> None:
    whose = enqueue(connection, *[job_of("ada") for _ in range(100)])
    assert [whose[take(connection) or ""] for _ in range(3)] == ["ada"] * 3
    ben = job_of("ben")
    enqueue(connection, ben)
    assert take(connection) == ben.id


def test_members_take_turns_by_work_and_not_by_jobs(connection: redis.Redis) -> None:
    jobs = [job_of("ada", steps=40) for _ in range(5)] + [job_of("ben", steps=10) for _ in range(20)]
    order = taken(connection, enqueue(connection, *jobs))
    had = Counter[str]()
    for place, member in enumerate(order[:20]):
        had[member] += 40 if member == "ada" else 10
        assert abs(had["ada"] - had["ben"]) <= 50, place
    assert Counter(order) == {"ada": 5, "ben": 20}


def test_a_members_own_jobs_stay_in_order(connection: redis.Redis) -> None:
    jobs = [job_of("ada") for _ in range(150)]
    enqueue(connection, *jobs)
    assert [take(connection) for _ in jobs] == [job.id for job in jobs]


def test_who_has_twice_the_weight_gets_twice_as_much(connection: redis.Redis) -> None:
    jobs = [job_of("ada", weight=2) for _ in range(40)] + [job_of("ben") for _ in range(40)]
    order = taken(connection, enqueue(connection, *jobs))
    assert order[:30].count("ada") == pytest.approx(20, abs=1)


def test_nobody_saves_up_turns_while_away(connection: redis.Redis) -> None:
    whose = enqueue(connection, job_of("ben"), *[job_of("ada") for _ in range(60)])
    assert Counter(whose[take(connection) or ""] for _ in range(41)) == {"ada": 40, "ben": 1}
    whose |= enqueue(connection, *[job_of("ben") for _ in range(20)])
    order = taken(connection, whose)
    assert order[:20].count("ada") == pytest.approx(10, abs=1), "ben does not catch up on forty turns"


def test_work_is_counted_over_all_queues_that_the_worker_serves(connection: redis.Redis) -> None:
    """Who uses two checkpoints does not get two shares."""
    jobs = [
        job for _ in range(20) for job in (job_of("ada"), job_of("ada", checkpoint="other"), job_of("ben"))
    ]
    order = taken(connection, enqueue(connection, *jobs), "pocket", "other")
    assert order[:30].count("ben") == pytest.approx(15, abs=1)


def test_what_a_worker_of_another_checkpoint_did_is_not_counted(connection: redis.Redis) -> None:
    enqueue(connection, *[job_of("ada", checkpoint="other") for _ in range(50)])
    for _ in range(50):
        take(connection, "other")
    order = taken(
        connection,
        enqueue(connection, *[job_of("ben") for _ in range(10)], *[job_of("ada") for _ in range(10)]),
    )
    assert order[:10].count("ada") == pytest.approx(5, abs=1)


def test_a_new_worker_for_two_queues_that_are_far_apart_starves_neither(connection: redis.Redis) -> None:
    huge = [job_of("ada", steps=150, checkpoint="busy", weight=0.01) for _ in range(80)]
    whose = enqueue(connection, *huge)
    for _ in range(75):
        take(connection, "busy")
    whose |= enqueue(connection, *[job_of("ben", steps=150, weight=0.01) for _ in range(80)])
    order = [whose[take(connection, "busy", "pocket") or ""] for _ in range(40)]
    assert "ada" in order


def test_more_urgent_work_comes_first_whoever_asked(connection: redis.Redis) -> None:
    jobs = [job_of("ada", urgency=urgency) for urgency in reversed(Urgency)]
    enqueue(connection, *jobs)
    assert [take(connection) for _ in jobs] == [job.id for job in reversed(jobs)]


def test_old_jobs_become_more_urgent(connection: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    old = job_of("ada", urgency=Urgency.BULK)
    enqueue(connection, old)
    lane = queue_of("pocket", connection)
    assert [waiting.urgency for waiting in FairQueue(connection).lines([lane])[0].waiting] == [Urgency.BULK]
    monkeypatch.setattr("storage.fair.AGE_SECONDS", 0)
    FairQueue(connection).lines([lane])
    enqueue(connection, job_of("ben", steps=150))
    assert [waiting.urgency for waiting in FairQueue(connection).lines([lane])[0].waiting] == [0, 0]


def test_a_job_that_comes_back_is_next_again_and_counts_once(connection: redis.Redis) -> None:
    jobs = [job_of(member) for member in ("ada", "ben") * 5]
    whose = enqueue(connection, *jobs)
    lane = queue_of("pocket", connection)
    first = take(connection)
    assert first is not None
    connection.lrem(lane.intermediate_queue_key, 1, first)
    connection.lpush(lane.key, first)
    assert take(connection) == first
    order = [whose[first], *taken(connection, whose)]
    assert order[:6].count("ada") == 3


def test_a_job_that_somebody_took_off_the_queue_is_passed_over(connection: redis.Redis) -> None:
    first, second, third = job_of("ada"), job_of("ada"), job_of("ada")
    enqueue(connection, first, second, third)
    FairQueue(connection).lines([queue_of("pocket", connection)])
    assert JobQueue(connection).cancel(first)
    late = job_of("ada")
    enqueue(connection, late)
    assert [take(connection) for _ in range(4)] == [second.id, third.id, late.id, None]


def test_what_rqs_own_commands_empty_and_fill_is_followed(connection: redis.Redis) -> None:
    enqueue(connection, *[job_of("ada") for _ in range(5)])
    lane = queue_of("pocket", connection)
    FairQueue(connection).lines([lane])
    lane.empty()  # type: ignore[no-untyped-call]
    assert take(connection) is None
    foreign = rq.Queue(lane.name, connection=connection)
    foreign.enqueue_call("os.getcwd", job_id="somebodys")
    connection.rpush(lane.key, b"\xff\xfe", "no-such-job")
    connection.set("rq:job:no-such-job", "no hash")
    found = {FairQueue(connection).take([lane], Locality()) for _ in range(3)}
    assert {each[1] for each in found if each} == {b"somebodys", b"\xff\xfe", b"no-such-job"}


def test_a_line_tells_who_waits_and_what_runs(connection: redis.Redis) -> None:
    jobs = [job_of("ada", weight=2), job_of("ben"), job_of("ada")]
    enqueue(connection, *jobs)
    running, lane = take(connection), queue_of("pocket", connection)
    connection.zadd(running_key(lane), {f"{running}:execution": 1})
    (line,) = FairQueue(connection).lines([lane])
    assert [(each.job_id, each.member) for each in line.waiting] == [
        (job.id, job.share.member) for job in jobs if job.id != running
    ]
    work = jobs[0].task.megapixel_steps
    (taken_now,) = line.taken
    assert (taken_now.job_id, taken_now.seconds < 5) == (running, True)
    assert taken_now.work == pytest.approx(work)
    assert line.had["ada"] == pytest.approx(work / 2)
    assert FairQueue(connection).lines([]) == []


wishes = st.tuples(st.sampled_from("abcd"), st.integers(1, 150), st.sampled_from(Urgency))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(wishes | st.sampled_from(["take", "give back", "look"]), max_size=40))
def test_whatever_happens_every_job_is_taken_once(
    connection: redis.Redis, happens: list[tuple[str, int, Urgency] | str]
) -> None:
    connection.flushall()
    lane = queue_of("pocket", connection)
    done, enqueued = list[str](), set[str]()
    for each in happens:
        if isinstance(each, tuple):
            member, steps, urgency = each
            enqueued |= enqueue(connection, job_of(member, steps, urgency=urgency)).keys()
        elif each == "take" and (job_id := take(connection)) is not None:
            done.append(job_id)
        elif each == "give back" and done:
            connection.lpush(lane.key, done.pop())
        elif each == "look":
            FairQueue(connection).lines([lane])
    while (job_id := take(connection)) is not None:
        done.append(job_id)
    assert sorted(done) == sorted(enqueued)
    assert connection.hlen(f"darkroom:fair:{lane.key}:jobs") == 0


def test_what_came_lately_is_remembered_whatever_became_of_it(connection: redis.Redis) -> None:
    enqueue(connection, job_of("ada", weight=2), job_of("ben"))
    assert take(connection) is not None
    enqueue(connection, *[job_of("cy") for _ in range(200)])
    lane = queue_of("pocket", connection)
    (line,) = FairQueue(connection).lines([lane])
    assert len(line.arrived) < 100
    assert {each.job.member for each in line.arrived} == {"cy"}
    assert [each.seconds for each in line.arrived] == sorted(
        (each.seconds for each in line.arrived), reverse=True
    )


def test_a_job_that_comes_back_has_not_come_anew(connection: redis.Redis) -> None:
    enqueue(connection, job_of("ada"))
    job_id, lane = take(connection), queue_of("pocket", connection)
    connection.lrem(lane.intermediate_queue_key, 1, job_id or "")
    connection.lpush(lane.key, job_id or "")
    (line,) = FairQueue(connection).lines([lane])
    assert [each.job_id for each in line.waiting] == [job_id]
    assert [(each.job.member, each.job.passes) for each in line.arrived] == [("ada", 10)]


def take_express(connection: redis.Redis) -> str | None:
    found = FairQueue(connection).take([queue_of("pocket", connection)], Locality(), express=True)
    return None if found is None else found[1].decode()


def test_an_express_seat_serves_members_of_whom_nothing_runs(connection: redis.Redis) -> None:
    whose = enqueue(connection, *[job_of("ada") for _ in range(3)])
    assert whose[take_express(connection) or ""] == "ada"
    assert take_express(connection) is None
    ben = job_of("ben")
    enqueue(connection, ben, job_of("ben"), job_of("cy", urgency=Urgency.RELAXED))
    assert take_express(connection) == ben.id
    assert take_express(connection) is None, "nothing that can wait"
    assert whose[take(connection) or ""] == "ada"


@pytest.mark.parametrize("how", ["done", "failed", "back in the queue"])
def test_an_express_seat_serves_members_again_when_theirs_is_done(connection: redis.Redis, how: str) -> None:
    whose = enqueue(connection, *[job_of("ada") for _ in range(2)])
    job_id = take_express(connection) or ""
    assert take_express(connection) is None
    lane = queue_of("pocket", connection)
    connection.lrem(lane.intermediate_queue_key, 1, job_id)
    if how == "done":
        connection.delete(f"rq:job:{job_id}")
    elif how == "failed":
        connection.hset(f"rq:job:{job_id}", "status", "failed")
    else:
        connection.lpush(lane.key, job_id)
    assert whose[take_express(connection) or ""] == "ada"
