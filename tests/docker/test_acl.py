"""The users of Redis that ship: their rights are enough for a bot and a worker, and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import SecretStr

from gpuworker.workplace import Workplace
from storage.connection import connect, connect_async
from storage.events import BOT_RESULTS, Finished
from storage.farm import expected_waits, tell_key
from storage.lease import Lease
from storage.overview import overview
from storage.queue import JobQueue, queue_of
from storage.redis_trouble import try_redis
from storage.result_stream import ResultStream, jobs_on_their_way
from storage.running import running_key
from storage.served import served
from storage.set_aside import jobs_set_aside
from storage.settings import Settings
from tests.conftest import a_job
from tests.gpuworker.fake_farm import a_workplace, serving, until
from tests.storage.redis_servers import a_server

USERS = Path(__file__).parents[2] / "docker" / "users.acl"
COMMANDS = Path(__file__).parent / "redis_6_2_commands.txt"
"""What Redis 6.2 knows: of `COMMAND DOCS` of 7.0, all that is `since` 6.2 or earlier."""
KEY = SecretStr("k" * 32)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A Redis with the users that ship, and one who may look what was denied."""
    said = USERS.read_text()
    for name in ("bot", "worker", "keda"):
        said = said.replace(f"{name.upper()}_PASSWORD", f"for-{name}s")
    file = tmp_path / "users.acl"
    file.write_text(f"{said}user auditor on nopass ~* &* +@all\n")
    with a_server("--aclfile", str(file), until="NOAUTH") as port:
        yield port


def settings(port: int, home: Path, user: str) -> Settings:
    return Settings(home=home, redis_url=f"redis://{user}:for-{user}s@localhost:{port}/0", queue_key=KEY)


def place_of(worker: Settings, home: Path) -> Workplace:
    place = a_workplace(home, worker.redis_url or "")
    place.patient, place.quick = connect(worker, patience=60), connect(worker, patience=0.2)
    return place


async def test_a_job_goes_there_and_back_and_nothing_that_it_needs_is_denied(
    port: int, tmp_path: Path
) -> None:
    bot, worker = settings(port, tmp_path, "bot"), settings(port, tmp_path, "worker")
    connection, client = connect(bot), connect_async(bot)
    for user in (bot, worker):
        try_redis(user)
    tell_key(connection)
    queue, job = JobQueue(connection), a_job(reply_to=BOT_RESULTS)
    stream = ResultStream(client, BOT_RESULTS, group="bot", consumer="bot")
    async with Lease(client, "bot:1").held(lambda: None):
        with serving(place_of(worker, tmp_path)):
            until(lambda: served(connection))
            queue.enqueue(job)
            queue.cancel(other := a_job())
            queue.state(other.id)
            expected_waits(connection, queue, [job])
            until(lambda: job.id in jobs_on_their_way(connection, BOT_RESULTS))
            ((entry, result),) = await stream.read(100)
            assert isinstance(result, Finished)
            await stream.ack(entry)
    await client.aclose()
    auditor = redis.Redis(port=port, username="auditor", password="")
    denied: Any = auditor.acl_log()
    assert [each["object"] for each in denied] == []


@pytest.mark.parametrize("user", ["bot", "worker"])
def test_whoever_has_an_address_may_watch_the_farm(port: int, tmp_path: Path, user: str) -> None:
    bot = connect(settings(port, tmp_path, "bot"))
    tell_key(bot)
    JobQueue(bot).enqueue(a_job(reply_to=BOT_RESULTS))
    client = connect(settings(port, tmp_path, user))
    assert overview(client).undelivered == 0
    assert jobs_set_aside(client) == []


def test_every_version_from_the_first_that_is_taken_knows_all_of_it() -> None:
    """One word that it does not know keeps a Redis from starting; no command was ever taken away."""
    known = set(COMMANDS.read_text().split())
    words = re.findall(r" [+-](\S+)", USERS.read_text())
    assert [word for word in words if word not in known and not word.startswith("@")] == []


DENIED: dict[str, Callable[[redis.Redis], Any]] = {
    "emptying it": lambda client: client.flushall(),
    "its configuration": lambda client: client.config_get("*"),
    "listing keys": lambda client: client.keys("*"),
    "other keys": lambda client: client.get("somebody-elses"),
    "other users": lambda client: client.acl_list(),
    "stopping it": lambda client: client.shutdown(),
    "through a script": lambda client: client.eval("return redis.call('FLUSHALL')", 0),
}


@pytest.mark.parametrize("user", ["bot", "worker", "keda"])
def test_nothing_else_is_allowed(port: int, tmp_path: Path, user: str) -> None:
    client = connect(settings(port, tmp_path, user), patience=0.1)
    for act in DENIED.values():
        with pytest.raises(redis.ResponseError):
            act(client)


def test_keda_counts_what_waits_and_what_is_under_way_and_reads_nothing(port: int, tmp_path: Path) -> None:
    queue = JobQueue(connect(settings(port, tmp_path, "bot")))
    queue.enqueue(job := a_job())
    client = connect(settings(port, tmp_path, "keda"), patience=0.1)
    lane = queue_of(job.checkpoint, client)
    name = lane.key
    # It asks of what kind a key is first, and by a script.
    counted = "redis.call('TYPE', KEYS[1]) return redis.call(ARGV[1], KEYS[1])"
    assert client.eval(counted, 1, name, "LLEN") == 1
    assert client.eval(counted, 1, running_key(lane), "ZCARD") == 0
    for act in (lambda: client.lrange(name, 0, -1), lambda: client.hgetall(f"rq:job:{job.id}")):
        with pytest.raises(redis.exceptions.NoPermissionError):
            act()


def test_a_worker_cannot_take_results_away(port: int, tmp_path: Path) -> None:
    client = connect(settings(port, tmp_path, "worker"), patience=0.1)
    for act in (client.xread, lambda streams: client.xreadgroup("bot", "bot", streams)):
        with pytest.raises(redis.exceptions.NoPermissionError):
            act({BOT_RESULTS: "0"})
    with pytest.raises(redis.exceptions.NoPermissionError):
        client.xdel(BOT_RESULTS, "0-1")
