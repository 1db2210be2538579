"""What is wrong with Redis, told of real servers in each state."""

from __future__ import annotations

import ssl
import threading
import time
from pathlib import Path

import pytest
import redis

from storage.connection import connect
from storage.redis_trouble import Trouble, redis_trouble, trouble_of, try_redis
from storage.settings import Settings
from tests.storage.redis_servers import a_server, free_port, in_state
from tests.storage.tls import a_certificate, speaking_tls

SAID = {
    "no password given": "asks for a password, and not for the one it was given",
    "wrong password": "asks for a password, and not for the one it was given",
    "not everything allowed": "subcommand): give it the rights in docker/users.acl",
    "wrong database": "has no database of that number",
    "full": "is full: raise its maxmemory",
    "read-only": "is a replica, which takes no orders",
    "loading": "is still loading what it keeps",
    "disk gone": "cannot write to its disk",
    "wrong port": "cannot be reached, as nobody listens there: start it",
    "web server": "is not Redis: correct DARKROOM_REDIS_URL",
    "something that hangs up": "hangs up, as something else than Redis would",
    "unknown name": "cannot be found: no machine has that name",
    "no socket": "cannot be reached, as nobody listens there: start it",
    "without TLS": "or it has no TLS (then write redis://)",
    "too many clients": "has too many clients: raise its maxclients",
}
KINDS = {
    "no password given": Trouble.CLOSED,
    "wrong password": Trouble.CLOSED,
    "not everything allowed": Trouble.CLOSED,
    "wrong database": Trouble.OTHER,
    "full": Trouble.MEMORY_FULL,
    "read-only": Trouble.READ_ONLY,
    "loading": Trouble.LOADING,
    "disk gone": Trouble.DISK_FULL,
    "web server": Trouble.OTHER,
}
"""What those hear who wait; in the other states Redis is away."""


@pytest.mark.parametrize("state", SAID)
def test_each_state_is_told_soon_in_one_sentence(state: str, tmp_path: Path) -> None:
    with in_state(state) as address:
        began = time.monotonic()
        with pytest.raises(redis.RedisError) as trouble:
            try_redis(address)
        assert time.monotonic() - began < 20
        said = redis_trouble(trouble.value, Settings(home=tmp_path, redis_url=address))
    assert trouble_of(trouble.value) is KINDS.get(state, Trouble.AWAY)
    assert SAID[state] in said
    assert "\n" not in said
    assert "s3cr3t" not in said
    assert address.replace(":s3cr3t@", "") in said


@pytest.mark.parametrize(
    ("host", "trusted", "says"),
    [
        (
            "localhost",
            "",
            "that is not known here (self-signed certificate): name the authority's file by ?ssl_ca_certs=",
        ),
        ("localhost", "?ssl_ca_certs={other}", "that is not known here (self-signed certificate)"),
        ("other", "?ssl_ca_certs={other}", "has a certificate of another name: write the name that is in it"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told_and_never_to_do_without(
    host: str, trusted: str, says: str, tmp_path: Path, redis_address: str
) -> None:
    files = {name: a_certificate(tmp_path, name) for name in ("localhost", "other")}
    with speaking_tls(redis_address, files[host]) as port:
        address = f"rediss://localhost:{port}/0{trusted.format(**files)}"
        with pytest.raises(redis.ConnectionError) as trouble:
            try_redis(address)
    said = redis_trouble(trouble.value, Settings(home=tmp_path, redis_url=address))
    assert says in said
    assert " redis://" not in said


@pytest.mark.parametrize(("code", "says"), [(10, "has expired: renew it"), (9, "see to the clock")])
def test_a_certificate_of_another_time_is_told(code: int, says: str, tmp_path: Path) -> None:
    cause = ssl.SSLCertVerificationError("certificate verify failed")
    cause.verify_code = code
    error = redis.ConnectionError("gone")
    error.__cause__ = cause
    assert says in redis_trouble(error, Settings(home=tmp_path, redis_url="rediss://queue.example"))


def test_a_server_that_works_is_left_as_it_was(redis_address: str) -> None:
    with connect(redis_address) as connection:
        connection.flushall()
        try_redis(redis_address)
        assert connection.keys() == []


def test_a_server_that_comes_while_it_is_waited_for_is_no_trouble() -> None:
    """As when both are started together."""
    port, over = free_port(), threading.Event()

    def late() -> None:
        time.sleep(0.5)
        with a_server("--port", str(port), until=""):
            over.wait(60)

    thread = threading.Thread(target=late)
    thread.start()
    try:
        try_redis(f"redis://localhost:{port}/0", patience=60)
    finally:
        over.set()
        thread.join()


def test_the_embedded_server_is_named_by_its_folder(tmp_path: Path) -> None:
    said = redis_trouble(redis.ConnectionError("gone"), Settings(home=tmp_path))
    assert str(tmp_path) in said
    assert str(tmp_path / "redis" / "redis.log") in said
    assert "DARKROOM_REDIS_URL" not in said


@pytest.mark.parametrize("state", ["full", "read-only", "disk gone"])
def test_what_refuses_a_script_is_the_same_trouble(state: str) -> None:
    with in_state(state) as address, connect(address) as connection:
        with pytest.raises(redis.ResponseError) as trouble:
            connection.eval("return redis.call('SET', KEYS[1], '1')", 1, "darkroom:script")
        assert trouble_of(trouble.value) is KINDS[state]


def test_a_wait_that_was_too_long_is_an_absence() -> None:
    assert trouble_of(TimeoutError()) is Trouble.AWAY


def test_a_server_of_an_old_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.redis_trouble._LEAST_VERSION", (99, 0))
    with a_server() as port:
        address = f"redis://localhost:{port}/0"
        with pytest.raises(redis.RedisError) as trouble:
            try_redis(address)
    said = redis_trouble(trouble.value, Settings(home=tmp_path, redis_url=address))
    assert "and Darkroom needs 99.0 or newer: update it" in said
