"""What is wrong with Redis, in one sentence that says what to do: the same from every part."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from storage.connection import UNASKED, redis_url
from storage.errors import reason_of
from storage.settings import Settings

_PROBE = "darkroom:probe"
_SILENCE = 5.0
"""Seconds after which a silent server is given up."""
_PAUSE = 0.1
"""Seconds between two tries."""


_LEAST_VERSION = (6, 2)
"""The first that moves jobs safely while it waits for them (BLMOVE)."""


class RedisTooOld(redis.RedisError):
    """Redis is of a version that lacks what Darkroom needs; the message is the version."""


def try_redis(target: Settings | str, patience: float = 1.0) -> None:
    """Write, read and delete one key, which whoever works with Redis must be able to do.

    Waits up to `patience` seconds for a server that is starting. Raises `redis.RedisError`, at once if
    waiting would not help, as with a wrong password.
    """
    give_up = time.monotonic() + patience
    with redis.Redis.from_url(
        target if isinstance(target, str) else redis_url(target),
        retry=Retry(NoBackoff(), 0),
        socket_timeout=_SILENCE,
        socket_connect_timeout=_SILENCE,
        **UNASKED,
    ) as connection:
        while True:
            try:
                write_and_read(connection)
                _refuse_old(connection)
            except redis.ConnectionError as error:
                if not may_pass(error) or time.monotonic() > give_up:
                    raise
                time.sleep(_PAUSE)
            else:
                return


def _refuse_old(connection: redis.Redis) -> None:
    """Raise RedisTooOld, unless the server is new enough or does not tell."""
    try:
        version = str(connection.info("server").get("redis_version", ""))
    except redis.ResponseError:
        return
    numbers = version.split(".")[:2]
    if all(number.isdecimal() for number in numbers) and tuple(map(int, numbers)) < _LEAST_VERSION:
        raise RedisTooOld(version)


def write_and_read(connection: redis.Redis) -> None:
    """Write, read and delete one key. Raises `redis.RedisError`, as where only reading is possible."""
    with connection.pipeline(transaction=False) as probe:
        probe.set(_PROBE, "1", ex=60)
        probe.get(_PROBE)
        probe.delete(_PROBE)
        answers = probe.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer


class Trouble(StrEnum):
    """What is wrong with Redis, as far as those are concerned who wait for it."""

    AWAY = "away"
    LOADING = "loading"
    MEMORY_FULL = "memory full"
    DISK_FULL = "disk full"
    READ_ONLY = "read-only"
    CLOSED = "closed"
    """It does not let us in, or not do everything."""
    OTHER = "other"


def trouble_of(error: BaseException) -> Trouble:
    """Say what an error of Redis, or a wait for it that was too long, means."""
    # Errors inside a script come as others that quote them.
    said = str(error)
    match error:
        case redis.BusyLoadingError():
            return Trouble.LOADING
        case redis.AuthenticationError() | redis.exceptions.AuthorizationError():
            return Trouble.CLOSED
        case redis.ConnectionError() | OSError():
            return Trouble.AWAY
        case redis.TimeoutError():
            return Trouble.AWAY
        case redis.exceptions.NoPermissionError():
            return Trouble.CLOSED
    for begins, trouble in _SAID.items():
        if begins in said:
            return trouble
    return Trouble.OTHER


_SAID = {
    "OOM": Trouble.MEMORY_FULL,
    "command not allowed when used memory": Trouble.MEMORY_FULL,
    "MISCONF": Trouble.DISK_FULL,
    "disk that holds": Trouble.DISK_FULL,
    "READONLY": Trouble.READ_ONLY,
    "read only replica": Trouble.READ_ONLY,
}


def redis_trouble(error: redis.RedisError, settings: Settings) -> str:
    """Say in a sentence what is wrong, at which address, and what to do about it; no password is in it."""
    place, correct = _place(settings)
    said = str(error)
    match error:
        case RedisTooOld():
            least = ".".join(map(str, _LEAST_VERSION))
            return f"{place} is version {said}, and Darkroom needs {least} or newer: update it, or {correct}."
        case redis.AuthenticationError() | redis.exceptions.AuthorizationError():
            return f"{place} asks for a password, and not for the one it was given: {correct}."
        case redis.exceptions.NoPermissionError():
            denied = " ".join(said.split())
            does = f"give it the rights in docker/users.acl, those of the bot or of a worker, or {correct}"
            return f"{place} does not let this user do what it needs ({denied}): {does}."
        case redis.BusyLoadingError():
            return f"{place} is still loading what it keeps: try again in a moment."
        case redis.OutOfMemoryError():
            return f"{place} is full: raise its maxmemory (redis-cli config set maxmemory ...)."
        case redis.ReadOnlyError():
            return f"{place} is a replica, which takes no orders: {correct}, to the server that it follows."
        case redis.InvalidResponse():
            return f"What answers at {place} is not Redis: {correct}."
        case redis.TimeoutError():
            tls = " or it has no TLS (then write redis://)" if place.startswith("Redis at rediss") else ""
            return f"{place} does not answer: perhaps a firewall is between{tls}. See to that, or {correct}."
        case redis.exceptions.MovedError() | redis.exceptions.ClusterError():
            return f"{place} is part of a cluster, which Darkroom cannot use: {correct}."
        case redis.ConnectionError():
            return f"{place} {_unreachable(error)}, or {correct}."
    if "MISCONF" in said or "disk that holds" in said:
        return f"{place} cannot write to its disk, so it takes nothing: make room there, or see its log."
    if "DB index is out of range" in said:
        return f"{place} has no database of that number: {correct}."
    return f"{place} refuses to work ({' '.join(said.split())}): see its log, or {correct}."


def _place(settings: Settings) -> tuple[str, str]:
    """Name the server, and say what to correct."""
    if settings.redis_url is None:
        return f"The Redis server of {settings.home}", f"see {settings.redis_folder / 'redis.log'}"
    parts = urlsplit(settings.redis_url)
    host = parts.netloc.rpartition("@")[2]
    return f"Redis at {parts.scheme}://{host}{parts.path}", "correct DARKROOM_REDIS_URL"


def may_pass(error: redis.RedisError) -> bool:
    """Say whether trying again may help: nobody is listening yet, or the server is loading its data."""
    if isinstance(error, redis.BusyLoadingError):
        return True
    wrong = (socket.gaierror, ssl.SSLError)
    return type(error) is redis.ConnectionError and not any(
        isinstance(each, wrong) for each in _causes(error)
    )


def _unreachable(error: redis.ConnectionError) -> str:
    """Say why there is no connection, and what to do at the server's side."""
    said = str(error)
    for cause in _causes(error):
        match cause:
            case socket.gaierror():
                return "cannot be found: no machine has that name. See whether the network works"
            case ssl.SSLCertVerificationError():
                return _unbelieved(cause)
            case ssl.SSLError():
                return f"does not speak TLS there ({reason_of(cause)}): set its tls-port and its certificate"
            case ConnectionRefusedError() | FileNotFoundError():
                return "cannot be reached, as nobody listens there: start it"
            case OSError(strerror=str(reason)):
                return f"cannot be reached ({reason}): start it"
    if "max number of clients" in said:
        return "has too many clients: raise its maxclients"
    return "hangs up, as something else than Redis would, or one with TLS (then write rediss://)"


def _unbelieved(error: ssl.SSLCertVerificationError) -> str:
    """Say what is wrong with a certificate."""
    # The numbers are those of OpenSSL's X509_V_ERR_...
    match error.verify_code:
        case 62 | 64:
            return "has a certificate of another name: write the name that is in it, or issue one of this"
        case 10:
            return "has a certificate that has expired: renew it"
        case 9:
            return "has a certificate that is not valid yet: see to the clock of this machine"
    does = "name the authority's file by ?ssl_ca_certs=/path/ca.pem"
    return f"has a certificate of an authority that is not known here ({error.verify_message}): {does}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error to what it came from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
