"""What a worker makes of whatever answers where a bot should; of the bot itself, see tests/bot."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from storage import linked_store
from storage.blob_links import MARK
from storage.blobs import BlobMissing, Blobs, BlobStoreAway, BlobStoreFull, BlobStoreSilent
from tests.storage.redis_servers import free_port
from tests.storage.tls import a_certificate, speaking_tls
from tests.stores import FARM, bots_store

DATA = b"\x89PNG and so on"
SHA = hashlib.sha256(DATA).hexdigest()


@contextlib.contextmanager
def answering(status: int, said: str = "", *, marked: bool = True) -> Iterator[str]:
    """A server that answers everything so; gives its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in MARK.items() if marked else ():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said.encode())

        def do_PUT(self) -> None:
            self.do_GET()

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_bot_that_refuses_is_quoted() -> None:
    with answering(403, "Set the clocks.") as address, pytest.raises(BlobStoreAway) as refusal:
        Blobs(address, FARM).get(SHA)
    assert str(refusal.value) == f"{address} keeps no pictures for this machine: Set the clocks."
    assert not isinstance(refusal.value, BlobStoreSilent)


def test_a_bot_without_the_blob_is_asked_in_vain() -> None:
    with answering(404) as address:
        with pytest.raises(BlobMissing, match="is not in"):
            Blobs(address, FARM).get(SHA)
        assert not Blobs(address, FARM).has(SHA)


def test_a_full_disk_of_the_bot_is_no_reason_to_wait() -> None:
    with answering(507) as address, pytest.raises(BlobStoreFull, match="full"):
        Blobs(address, FARM, patience=60).put(DATA)


@pytest.mark.parametrize("status", [200, 204, 302, 401, 404, 413])
def test_what_others_answer_is_believed_of_no_picture(status: int) -> None:
    """Such as a page behind a password, or the address of something else."""
    with answering(status, marked=False) as address:
        blobs = Blobs(address, FARM)
        with pytest.raises(BlobStoreAway, match="not a bot of Darkroom"):
            blobs.put(DATA)
        with pytest.raises(BlobStoreAway, match="not a bot of Darkroom"):
            blobs.get(SHA)


@pytest.mark.parametrize("marked", [True, False])
def test_a_store_that_is_away_behind_the_bot_or_a_proxy_without_it_is_silent(marked: bool) -> None:
    with answering(503, "It is away.", marked=marked) as address:
        blobs = Blobs(address, FARM)
        with pytest.raises(BlobStoreSilent, match=r"It is away" if marked else "503 Service Unavailable"):
            blobs.get(SHA)
        assert blobs.trouble


def test_a_bot_is_waited_for(tmp_path: Path) -> None:
    port = free_port()
    blobs, stored = Blobs(f"http://127.0.0.1:{port}", FARM, patience=30), list[str]()
    waiting = threading.Thread(target=lambda: stored.append(blobs.put(DATA)))
    waiting.start()
    while not blobs.trouble:
        time.sleep(0.01)
    with bots_store(tmp_path, port) as theirs:
        waiting.join()
        assert (stored, theirs.get(SHA)) == ([SHA], DATA)
    assert not blobs.trouble


def test_who_leaves_waits_no_longer() -> None:
    stop = threading.Event()
    blobs = Blobs(f"http://127.0.0.1:{free_port()}", FARM, 60, stop)
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(BlobStoreSilent, match=r"which keeps the pictures, is away: .*refused"):
        blobs.put(DATA)
    assert time.monotonic() - began < 30


def test_one_that_is_silent_is_asked_now_and_then_whether_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linked_store, "_LOOK_SECONDS", 0.2)
    port = free_port()
    blobs = Blobs(f"http://127.0.0.1:{port}", FARM)
    assert blobs.answers(), "nobody has asked yet"
    with pytest.raises(BlobStoreSilent):
        blobs.get(SHA)
    assert not blobs.answers()
    with bots_store(tmp_path, port):
        assert not blobs.answers(), "not each time"
        time.sleep(0.2)
        assert blobs.answers()


def test_tls_is_checked_against_the_authorities_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, port = a_certificate(tmp_path), free_port()
    with (
        bots_store(tmp_path / "blobs", port) as theirs,
        speaking_tls(f"http://127.0.0.1:{port}", certificate) as secure,
    ):
        sha = theirs.put(DATA)
        with pytest.raises(BlobStoreSilent, match=r"(?i)certificate"):
            Blobs(f"https://localhost:{secure}", FARM).get(sha)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert Blobs(f"https://localhost:{secure}", FARM).get(sha) == DATA
