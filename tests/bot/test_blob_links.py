"""The pictures of a bot, through which workers elsewhere read and add them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from pydantic import SecretStr

from bot import blob_links
from bot.blob_links import BlobsNotServed, blobs_served
from storage.blob_links import BlobLinks
from storage.blobs import BlobMissing, Blobs, BlobStoreAway, BlobStoreFull
from storage.connection import connect
from storage.embedded_redis import EmbeddedRedis
from storage.farm import workers
from storage.queue import queue_of
from storage.running import running_job_ids
from storage.settings import BotSettings
from storage.signing import Signer
from tests.bot.bot_process import BotProcess
from tests.bot.conftest import PATIENCE, eventually, is_result
from tests.bot.test_attachments import SEA, upload
from tests.conftest import small_disk
from tests.discord_emulator import DiscordEmulator
from tests.storage.redis_servers import free_port
from tests.stores import FARM, FARM_KEY, bots_store

DATA, OTHER = b"\x89PNG and so on", b"something else"
SHA = hashlib.sha256(DATA).hexdigest()
LARGE = os.urandom(5_000_000)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def theirs(tmp_path: Path, port: int) -> Iterator[Blobs]:
    """What the bot has."""
    with bots_store(tmp_path / "blobs", port) as blobs:
        yield blobs


@pytest.fixture
def ours(theirs: Blobs, port: int) -> Blobs:
    """What a worker has."""
    return Blobs(f"http://127.0.0.1:{port}", FARM)


def asked(
    ours: Blobs, method: str, name: str, data: bytes | None = None, key: Signer = FARM
) -> httpx.Response:
    """What somebody who has the key may ask by hand."""
    link = BlobLinks(key).signed(method, name)
    return httpx.request(method, f"{ours.place}/{name}", params=link, content=data)


def name_of(sha: str) -> str:
    return f"{sha[:2]}/{sha}.png"


def test_a_worker_reads_and_adds_as_in_a_store_of_its_own(ours: Blobs, theirs: Blobs) -> None:
    for data in (DATA, LARGE, b""):
        sha = ours.put(data)
        assert ours.put(data) == sha, "again is the same"
        assert ours.get(sha) == theirs.get(sha) == data
        assert ours.has(sha)
    assert not ours.has("0" * 64)
    with pytest.raises(BlobMissing, match="is not in"):
        ours.get("f" * 64)
    assert ours.identity() == theirs.identity()


async def test_the_same_without_blocking(ours: Blobs) -> None:
    assert await ours.aput(DATA) == SHA
    assert await ours.aget(SHA) == DATA
    assert await ours.ahas(SHA)
    assert not await ours.ahas("0" * 64)


def test_what_does_not_last_is_kept_apart_and_may_be_deleted(ours: Blobs, theirs: Blobs) -> None:
    for blobs in (ours, ours.scratch):
        blobs.put(DATA)
    ours.scratch.delete(SHA)
    ours.scratch.delete(SHA)
    assert not theirs.scratch.has(SHA)
    with pytest.raises(BlobStoreAway, match="delete only what does not last"):
        ours.delete(SHA)
    assert theirs.get(SHA) == DATA
    ours.try_writing()


def test_nobody_is_told_what_there_is(ours: Blobs) -> None:
    with pytest.raises(BlobStoreAway, match="listed only where"):
        list(ours.names())
    for name in ("", SHA[:2], f"{SHA[:2]}/", "scratch/", f"../{name_of(SHA)}", f"00/{SHA}.png"):
        assert asked(ours, "GET", name).status_code in (403, 404)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"])
def test_who_has_another_key_or_none_is_refused_whatever_it_asks(
    ours: Blobs, theirs: Blobs, method: str
) -> None:
    theirs.put(DATA)
    for name in (name_of(SHA), f"scratch/{name_of(SHA)}", "identity.txt", name_of("0" * 64)):
        foreign = asked(ours, method, name, DATA, Signer(b"another key"))
        unsigned = httpx.request(method, f"{ours.place}/{name}", content=DATA)
        assert (foreign.status_code, unsigned.status_code) == (403, 403)
        assert "DARKROOM_QUEUE_KEY" in foreign.text or method == "HEAD"
        assert DATA not in foreign.content + unsigned.content
    assert asked(ours, "POST", name_of(SHA), OTHER).status_code == 405, "nor does the key open all"
    assert theirs.get(SHA) == DATA


def test_nothing_is_stored_under_another_name_than_its_hash(ours: Blobs, theirs: Blobs) -> None:
    theirs.put(DATA)
    for sha in (SHA, "0" * 64):
        assert asked(ours, "PUT", name_of(sha), OTHER).status_code == 400
    assert theirs.get(SHA) == DATA
    assert [*theirs.names()] == [SHA]
    before = theirs.identity()
    assert asked(ours, "PUT", "identity.txt", OTHER).status_code == 404
    assert theirs.identity() == before


def test_what_is_damaged_is_mended_by_a_worker_that_has_it(ours: Blobs, theirs: Blobs) -> None:
    theirs.put(DATA)
    (Path(theirs.place) / name_of(SHA)).write_bytes(DATA[:-1])
    with pytest.raises(BlobMissing):
        ours.get(SHA)
    ours.put(DATA)
    assert theirs.get(SHA) == DATA


def test_what_is_too_large_is_read_no_further(
    ours: Blobs, theirs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob_links, "LARGEST_BLOB", 2_000_000)
    with pytest.raises(BlobStoreAway, match=r"at most .* MiB"):
        ours.put(LARGE)
    assert [*theirs.names()] == []


def test_a_full_disk_is_told_as_what_it_is(tmp_path: Path, port: int) -> None:
    with small_disk(tmp_path, "size=1m"), bots_store(tmp_path / "blobs", port):
        ours = Blobs(f"http://127.0.0.1:{port}", FARM)
        with pytest.raises(BlobStoreFull):
            ours.put(LARGE)
        assert ours.trouble is None


def test_who_goes_away_in_the_middle_leaves_nothing(
    ours: Blobs, theirs: Blobs, port: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob_links, "_IDLE_SECONDS", 0.3)
    link = BlobLinks(FARM).signed("PUT", name_of(SHA))
    place = f"/{name_of(SHA)}?{httpx.QueryParams(link)}"
    head = f"PUT {place} HTTP/1.1\r\nHost: bot\r\nContent-Length: {len(DATA)}\r\n\r\n"
    for waits in (0.0, 0.35):
        for _ in range(blob_links._MOST_PICTURES):
            with socket.create_connection(("127.0.0.1", port)) as worker:
                worker.sendall(head.encode() + DATA[:-1])
                time.sleep(waits)
        assert not theirs.has(SHA)
    assert ours.put(DATA) == SHA, "others have their turn"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_an_address_that_is_taken_and_a_farm_without_a_key_are_told(theirs: Blobs, port: int) -> None:
    keyless = BotSettings(redis_url="redis://elsewhere", serve_blobs=str(port))
    with pytest.raises(BlobsNotServed, match="set DARKROOM_QUEUE_KEY"):
        async with blobs_served(keyless, theirs):
            pass
    keyed = keyless.model_copy(update={"queue_key": SecretStr(FARM_KEY)})
    with pytest.raises(BlobsNotServed, match=rf"127.0.0.1:{port} .*set DARKROOM_SERVE_BLOBS"):
        async with blobs_served(keyed, theirs):
            pass


def test_of_several_processes_of_a_bot_any_will_do(tmp_path: Path) -> None:
    ports = free_port(), free_port()
    with bots_store(tmp_path, ports[0]), bots_store(tmp_path, ports[1]):
        first, second = (Blobs(f"http://127.0.0.1:{port}", FARM) for port in ports)
        assert second.get(first.put(DATA)) == DATA
        assert first.identity() == second.identity()


@contextlib.asynccontextmanager
async def worker_elsewhere(redis_url: str, port: int, home: Path) -> AsyncIterator[Path]:
    """A worker that has Redis, the key, and nothing else but the bot's address; gives its log."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("DARKROOM_", "AWS_"))}
    given = {"HOME": home, "REDIS_URL": redis_url, "QUEUE_KEY": FARM_KEY, "BLOBS": f"http://127.0.0.1:{port}"}
    environment = own | {f"DARKROOM_{name}": str(value) for name, value in given.items()}
    command, log = [sys.executable, "-m", "darkroom", "worker"], home.with_suffix(".log")
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=file)
    try:
        connection = connect(redis_url)
        await eventually(lambda: any(card.checkpoints for card in workers(connection)))
        yield log
        process.terminate()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


@pytest.mark.slow
async def test_a_picture_that_is_made_while_the_bot_is_started_again_is_posted(
    emulator: DiscordEmulator, tmp_path: Path, port: int
) -> None:
    guild = emulator.guild()
    channel, ada = guild.channel("pictures"), guild.member("ada")
    bot = BotProcess(emulator, tmp_path / "bot", f"sqlite:///{tmp_path}/bot.db")
    with EmbeddedRedis(tmp_path / "redis") as server:
        given = {"REDIS_URL": server.url, "QUEUE_KEY": FARM_KEY, "SERVE_BLOBS": str(port)}
        bot.environment |= {f"DARKROOM_{name}": value for name, value in given.items()}
        await bot.start()
        lane = queue_of("pocket", connect(server.url))
        async with worker_elsewhere(server.url, port, tmp_path / "worker") as log:
            wish = {
                "prompt": "a red circle over the sea",
                "image": upload(SEA),
                "count": 1,
                "quality": "fine",
            }
            for restarted in (False, True):
                run = await ada.command(channel, "imagine", **wish)
                if restarted:
                    await eventually(lambda: running_job_ids(lane))
                    await bot.end(signal.SIGKILL)
                    await eventually(lambda: "Pictures wait for the bot" in log.read_text())
                    await bot.start()
                await run.message(is_result, within=PATIENCE)
            said = log.read_text()
            assert "is back" in said
            assert "handed back" not in said, "it was made once"
            assert "signature" not in said, "links are of use to whoever reads them"
            assert len([each for each in channel.messages if is_result(each)]) == 2
            assert not list((tmp_path / "worker" / "blobs").glob("*")), "nothing is kept here"
        await bot.end(signal.SIGTERM)
