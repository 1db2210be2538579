from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from storage.connection import connect, redis_url
from storage.embedded_redis import EmbeddedRedis, RedisNotStarted, socket_path
from storage.queue import JobQueue, JobState, queue_of
from storage.settings import Settings
from tests.conftest import a_job, small_disk


def server_pid(client: redis.Redis) -> int:
    return int(client.info("server")["process_id"])


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.02)


def test_it_starts_answers_and_stops(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "with space" / "redis") as server:
        client = connect(server.url)
        client.set("key", "value")
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("port") == {"port": "0"}
        pid = server_pid(client)
    with pytest.raises(redis.ConnectionError):
        connect(server.url, patience=0).ping()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_only_its_owner_can_reach_it(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "redis"):
        assert stat.S_IMODE(socket_path(tmp_path / "redis").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "redis").stat().st_mode) == 0o700


def test_a_long_home_gets_a_short_private_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30) / "redis"
    assert len(str(socket_path(home))) < 100
    with EmbeddedRedis(home) as server:
        assert connect(server.url).ping()
        assert stat.S_IMODE(socket_path(home).parent.stat().st_mode) == 0o700


def test_the_address_of_the_settings_is_the_servers(settings_home: Path) -> None:
    with EmbeddedRedis(Settings().redis_folder) as server:
        assert redis_url(Settings()) == server.url
        assert connect(Settings()).ping()


def test_the_second_one_joins_and_does_not_stop_it(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as first:
        pid = server_pid(connect(first.url))
        with EmbeddedRedis(tmp_path) as second:
            assert server_pid(connect(second.url)) == pid
        assert server_pid(connect(first.url)) == pid


def test_who_joined_takes_over_when_the_owner_leaves(tmp_path: Path) -> None:
    job, first, second = a_job(), EmbeddedRedis(tmp_path), EmbeddedRedis(tmp_path)
    with first as server, contextlib.ExitStack() as later:
        queue = JobQueue(connect(server.url, patience=10))
        queue.enqueue(job)
        pid = server_pid(connect(server.url))
        later.enter_context(second)
        later.pop_all()
    try:
        assert queue.state(job.id) is JobState.WAITING
        assert server_pid(connect(second.url)) != pid
    finally:
        second.__exit__(None, None, None)
    with pytest.raises(redis.ConnectionError):
        connect(second.url, patience=0).ping()


def test_many_that_start_together_share_one(tmp_path: Path) -> None:
    pids, everyone_is_in = [], threading.Barrier(6)

    def enter() -> None:
        with EmbeddedRedis(tmp_path) as server:
            pids.append(server_pid(connect(server.url)))
            everyone_is_in.wait(60)

    threads = [threading.Thread(target=enter) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 6
    assert len(set(pids)) == 1


def test_a_job_outlives_a_stop_and_a_kill(tmp_path: Path) -> None:
    job = a_job()
    with EmbeddedRedis(tmp_path) as server:
        JobQueue(connect(server.url)).enqueue(job)
    with EmbeddedRedis(tmp_path) as server:
        client = connect(server.url)
        assert JobQueue(client).state(job.id) is JobState.WAITING
        os.kill(server_pid(client), signal.SIGKILL)
        # The owner starts it again; a client with a little patience does not even notice.
        assert JobQueue(connect(server.url, patience=10)).state(job.id) is JobState.WAITING


def test_the_server_of_a_killed_owner_is_adopted(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from storage.embedded_redis import EmbeddedRedis\n"
        "with EmbeddedRedis(Path(sys.argv[1])) as server: print('up', flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"up\n"
    owner.kill()
    owner.wait()
    with EmbeddedRedis(tmp_path) as server:
        client = connect(server.url)
        pid = server_pid(client)
    until(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid))


def _is_zombie(pid: int) -> bool:
    return ") Z " in Path(f"/proc/{pid}/stat").read_text()


def test_a_torn_end_of_the_journal_is_repaired(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        connect(server.url).set("kept", "1")
    journal = tmp_path / "appendonly.aof"
    journal.write_bytes(journal.read_bytes() + b"*3\r\n$3\r\nSET\r\n$4\r\nto")
    with EmbeddedRedis(tmp_path) as server:
        assert connect(server.url).get("kept") == b"1"


def test_a_damaged_journal_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "appendonly.aof").write_bytes(b"this is no journal\n" * 10)
    with pytest.raises(RedisNotStarted, match=r"journal .*appendonly\.aof is damaged\. Move it away"):
        EmbeddedRedis(tmp_path).__enter__()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RedisNotStarted, match="cannot be kept"):
        EmbeddedRedis(tmp_path / "file" / "redis").__enter__()


def test_a_disk_that_fills_up_refuses_jobs_and_recovers(tmp_path: Path) -> None:
    with small_disk(tmp_path, "size=256k"), EmbeddedRedis(tmp_path / "redis") as server:
        # One connection for all: a Redis whose disk is full refuses the PING with which a new one begins.
        connection = connect(server.url)
        queue = JobQueue(connection)
        first, second = a_job(), a_job()
        queue.enqueue(first)
        filling = tmp_path / "filling"
        with pytest.raises(OSError, match="No space"):
            filling.write_bytes(b"x" * 2**20)
        # What is refused first is the write after the one that found no room.
        with contextlib.suppress(redis.ResponseError):
            for _ in range(50):
                queue.enqueue(a_job())
        with pytest.raises(redis.ResponseError, match="disk that holds the queue is full"):
            queue.enqueue(a_job())
        assert queue_of("pocket", connection).job_ids[0] == first.id
        filling.unlink()

        def accepted() -> bool:
            with contextlib.suppress(redis.ResponseError):
                queue.enqueue(second)
            return queue.state(second.id) is JobState.WAITING

        until(accepted)


def test_a_disk_that_is_full_at_the_start_is_a_sentence(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path, "size=256k,nr_inodes=2"),
        pytest.raises(RedisNotStarted, match=r"disk that holds .* is full: make room"),
    ):
        EmbeddedRedis(tmp_path / "redis").__enter__()


def test_a_folder_that_someone_else_laid_out_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    home = tmp_path / ("long" * 30) / "redis"
    trap = socket_path(home).parent
    (tmp_path / "elsewhere").mkdir()
    trap.parent.mkdir()
    trap.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RedisNotStarted, match="belongs to someone else"):
        EmbeddedRedis(home).__enter__()
