from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from storage.blobs import BlobMissing, Blobs, BlobStoreAway
from storage.settings import Settings
from tests.conftest import small_disk

DATA = b"\x89PNG and so on"
LARGE = bytes(range(256)) * 50_000
"""Of a size at which clients of S3 send a file in parts."""
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def s3_environment(s3: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "s3":
        request.getfixturevalue("s3_environment")
        return Blobs("s3://pictures/of/mine")
    return Blobs(str(tmp_path / "blobs"))


def test_a_blob_is_found_under_its_hash(blobs: Blobs) -> None:
    assert blobs.put(DATA) == SHA
    assert blobs.put(DATA) == SHA, "again is the same"
    assert blobs.get(SHA) == DATA
    assert blobs.has(SHA)
    assert not blobs.has("0" * 64)


async def test_the_same_without_blocking(blobs: Blobs) -> None:
    assert await blobs.aput(DATA) == SHA
    assert await blobs.aput(DATA) == SHA
    assert await blobs.aget(SHA) == DATA
    assert await blobs.ahas(SHA)
    assert not await blobs.ahas("0" * 64)


async def test_a_missing_blob_is_a_sentence(blobs: Blobs) -> None:
    with pytest.raises(BlobMissing, match="is not in"):
        blobs.get("f" * 64)
    with pytest.raises(BlobMissing, match="is not in"):
        await blobs.aget("f" * 64)


async def test_a_damaged_blob_is_not_handed_out(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    blobs.put(DATA)
    (tmp_path / SHA[:2] / f"{SHA}.png").write_bytes(DATA[:-1])
    with pytest.raises(BlobMissing, match="damaged"):
        blobs.get(SHA)
    with pytest.raises(BlobMissing, match="damaged"):
        await blobs.aget(SHA)


def test_many_that_put_the_same_at_once_leave_one_whole_blob(tmp_path: Path) -> None:
    blobs, data = Blobs(str(tmp_path)), b"x" * 1_000_000
    threads = [threading.Thread(target=blobs.put, args=(data,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    assert blobs.get(hashlib.sha256(data).hexdigest()) == data


def test_the_settings_say_where(settings_home: Path) -> None:
    Blobs.open(Settings()).put(DATA)
    assert (settings_home / "blobs" / SHA[:2] / f"{SHA}.png").read_bytes() == DATA


async def test_a_store_that_is_away_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from storage import blobs

    monkeypatch.setitem(blobs._RETRIES, "max_retries", 0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    away = Blobs("s3://pictures")
    with pytest.raises(BlobStoreAway, match="s3://pictures is away"):
        away.put(DATA)
    with pytest.raises(BlobStoreAway, match="s3://pictures is away"):
        await away.aget(SHA)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BlobStoreAway, match="cannot be kept"):
        Blobs(str(tmp_path / "file" / "blobs"))


def test_a_full_disk_is_a_sentence_and_leaves_no_half_blob(tmp_path: Path) -> None:
    with small_disk(tmp_path, "size=64k"):
        blobs = Blobs(str(tmp_path))
        data = b"x" * 200_000
        with pytest.raises(BlobStoreAway, match="is full"):
            blobs.put(data)
        with pytest.raises(BlobMissing):
            blobs.get(hashlib.sha256(data).hexdigest())


def test_a_silent_time_out_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def put(self, *_: object, **__: object) -> None:
            raise TimeoutError

    blobs = Blobs(str(tmp_path))
    monkeypatch.setattr(blobs, "_store", Silent())
    with pytest.raises(BlobStoreAway, match=rf"^The picture store {tmp_path} is away: TimeoutError$"):
        blobs.put(DATA)


@pytest.mark.parametrize("left", [DATA[:-1], b"", DATA + b"x", b"y" * len(DATA)])
async def test_a_damaged_blob_is_mended_by_sending_it_again(tmp_path: Path, left: bytes) -> None:
    blobs, place = Blobs(str(tmp_path)), tmp_path / SHA[:2] / f"{SHA}.png"
    blobs.put(DATA)
    place.write_bytes(left)
    assert blobs.put(DATA) == SHA
    assert blobs.get(SHA) == DATA
    place.write_bytes(left)
    assert await blobs.aput(DATA) == SHA
    assert blobs.get(SHA) == DATA


def test_what_does_not_last_is_kept_apart(blobs: Blobs) -> None:
    note = b"how far it is"
    sha = blobs.scratch.put(note)
    assert blobs.scratch.get(sha) == note
    assert sha not in blobs.names()
    assert [*blobs.scratch.names()] == [sha]
    blobs.put(note)
    blobs.scratch.delete(sha)
    assert blobs.get(sha) == note
    there = [*blobs.names()]
    blobs.try_writing()
    assert [*blobs.names()] == there
    assert [*blobs.scratch.names()] == []


def test_s3_is_told_with_each_blob_that_there_must_be_none_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that asks for it (docker/s3-bucket.json) refuses nothing that a worker does."""
    asked = list[tuple[str, str, str | None]]()

    class Heard(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            asked.append((self.command, self.path, self.headers["If-None-Match"]))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Heard) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        said = {"ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "ALLOW_HTTP": "true"}
        said |= {"ACCESS_KEY_ID": "testing", "SECRET_ACCESS_KEY": "testing", "REGION": "us-east-1"}
        for name, value in said.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        blobs = Blobs("s3://pictures")
        shas = [store.put(data) for store in (blobs, blobs.scratch) for data in (DATA, LARGE)]
        server.shutdown()
    assert [(method, seen) for method, _, seen in asked] == [("PUT", "*")] * len(shas)
    assert all(sha in path and "?" not in path for sha, (_, path, _) in zip(shas, asked, strict=True))


async def test_a_deleted_blob_is_gone_and_may_be_deleted_again(blobs: Blobs) -> None:
    blobs.put(DATA)
    for _ in range(2):
        await blobs.adelete(SHA)
        assert not blobs.has(SHA)
