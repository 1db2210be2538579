from __future__ import annotations

import asyncio
import contextlib
import time
from functools import partial
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from storage.blob_links import BlobLinks
from storage.blobs import Blobs
from storage.connection import connect, connect_async
from storage.database import Database, take_back
from storage.diagnosis import Check
from storage.doctor import examine_storage
from storage.embedded_redis import RedisNotStarted
from storage.farm import WorkerCard, announce
from storage.lease import Lease, bot_of
from storage.set_aside import set_aside
from storage.settings import BotSettings
from storage.shards import Shards
from tests.conftest import small_disk
from tests.storage.redis_servers import free_port
from tests.stores import FARM_KEY, bots_store


def settings(home: Path, redis_address: str, **changed: object) -> BotSettings:
    values = {"home": home, "redis_url": redis_address, **changed}
    return BotSettings.model_validate(values)


def of(checks: list[Check], part: str) -> Check:
    (found,) = [check for check in checks if check.part == part]
    return found


async def test_every_part_is_used_once(settings_home: Path, redis_address: str) -> None:
    connect(redis_address).flushall()
    checks = await examine_storage(settings(settings_home, redis_address))
    parts = ["data folder", "Redis", "signatures", "workers", "database", "pictures"]
    assert [check.part for check in checks] == parts
    assert [check.state for check in checks] == ["fine", "fine", "note", "note", "fine", "fine"]
    assert of(checks, "database").says == "up to date, 0 jobs open"
    assert list((settings_home / "blobs").rglob("*.png")) == [], "nothing is left of what was written"
    again = await examine_storage(settings(settings_home, redis_address))
    assert again == checks


async def test_records_of_an_earlier_version_are_told_and_left_to_its_bot(
    settings_home: Path, redis_address: str
) -> None:
    known = settings(settings_home, redis_address)
    await (await Database.open(known.database_address)).close()
    await take_back(known.database_address, "0019")
    found = of(await examine_storage(known), "database")
    assert (found.state, found.says[:29]) == ("note", "as an earlier version of Dark")
    database = await Database.open(known.database_address, upto=None)
    assert await database.is_behind()
    await database.close()


async def test_what_nobody_foresaw_of_one_part_hides_no_other(
    settings_home: Path, redis_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nobody\nforesaw this")

    sound = {check.part for check in await examine_storage(settings(settings_home, redis_address))}
    for named, part in (("Database.open", "database"), ("Blobs.open", "pictures"), ("workers", "Redis")):
        with monkeypatch.context() as patched:
            patched.setattr(f"storage.doctor.{named}", strange)
            checks = await examine_storage(settings(settings_home, redis_address))
        assert {check.part for check in checks} >= sound - {"signatures", "workers"}
        assert of(checks, part).says == "cannot be examined (ZeroDivisionError: nobody foresaw this)"


async def test_jobs_that_were_set_aside_are_told(
    settings_home: Path, redis_address: str, connection: redis.Redis
) -> None:
    set_aside(connection, "1" * 16, {}, 3)
    told = of(await examine_storage(settings(settings_home, redis_address)), "jobs")
    assert told.state == "note"
    assert told.says.startswith("1 job was given up")
    assert "darkroom jobs set-aside" in told.says


async def test_a_worker_that_keeps_pictures_elsewhere_is_told(
    settings_home: Path, redis_address: str, tmp_path: Path
) -> None:
    connect(redis_address).flushall()
    known = settings(settings_home, redis_address)
    stores = {"same": Blobs.open(known), "other": Blobs(str(tmp_path / "elsewhere"))}
    for name, blobs in stores.items():
        identity = blobs.identity()
        assert identity == Blobs(blobs.place).identity(), "it stays what it is"
        card = WorkerCard(name=name, checkpoints=("pocket",), device="cpu", seats=1, blobs=identity)
        announce(connect(redis_address), card)
    told = {check.says.split()[0]: check for check in await examine_storage(known) if check.part == "worker"}
    assert told["same"].state == "fine"
    assert told["other"].state == "broken"
    assert "DARKROOM_BLOBS" in told["other"].says
    connect(redis_address).flushall()


async def test_a_disk_that_became_full_is_told_of_each_part_on_it(
    settings_home: Path, redis_address: str
) -> None:
    await asyncio.to_thread(settings_home.mkdir)
    with small_disk(settings_home, "size=16m"):
        known = settings(settings_home, redis_address)
        assert {check.state for check in await examine_storage(known)} <= {"fine", "note"}
        with contextlib.suppress(OSError), (settings_home / "full").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        full = {check.part: check for check in await examine_storage(known)}
        assert {full[part].state for part in ("data folder", "database", "pictures")} == {"broken"}
        assert "full" in full["pictures"].says
        assert full["Redis"].state == "fine"
        (settings_home / "full").unlink()
        assert {check.state for check in await examine_storage(known)} <= {"fine", "note"}


async def test_a_queue_that_cannot_be_kept_is_told_in_its_own_words(
    settings_home: Path, redis_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise RedisNotStarted("The disk that holds it is full.")

    monkeypatch.setattr("storage.doctor.connect", full)
    found = of(await examine_storage(settings(settings_home, redis_address)), "Redis")
    assert (found.state, found.says) == ("broken", "The disk that holds it is full.")


async def test_settings_without_effect_are_told(
    settings_home: Path, redis_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_BLOPS", "x")
    (tmp_path / ".env").write_text("DARKROOM_CLIP=mine")
    said = [
        check.says
        for check in await examine_storage(settings(settings_home, redis_address))
        if check.part == "settings"
    ]
    assert len(said) == 2
    assert "DARKROOM_BLOBS" in said[0]
    assert str(tmp_path / ".env") in said[1]


async def test_workers_are_named(settings_home: Path, redis_address: str) -> None:
    card = WorkerCard(name="attic", checkpoints=("pocket", "other"), device="cpu", seats=1)
    announce(connect(redis_address), card)
    checks = await examine_storage(settings(settings_home, redis_address))
    assert of(checks, "worker").says == "attic on cpu serves pocket, other"


async def test_each_part_that_is_down_is_told_and_the_others_are_examined(
    settings_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    broken = settings(
        settings_home,
        "redis://127.0.0.1:9",
        database_url=SecretStr("postgresql://nobody@127.0.0.1:9/nothing"),
        blobs=str(tmp_path / "file" / "blobs"),
    )
    checks = await examine_storage(broken)
    assert {check.part: check.state for check in checks} == {
        "data folder": "fine",
        "Redis": "broken",
        "database": "broken",
        "pictures": "broken",
    }
    assert "DARKROOM_REDIS_URL" in of(checks, "Redis").says
    assert "cannot be used" in of(checks, "database").says
    assert "cannot be kept" in of(checks, "pictures").says
    assert all(len(check.says.splitlines()) == 1 for check in checks)


async def test_a_worker_is_told_whether_it_reaches_the_pictures_of_its_bot(
    settings_home: Path, redis_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    place = f"http://127.0.0.1:{port}"
    known = settings(settings_home, redis_address, blobs=place, queue_key=FARM_KEY)

    async def told(*changes: tuple[str, object]) -> Check:
        return of(await examine_storage(known.model_copy(update=dict(changes))), "pictures")

    assert (await told()).says.startswith(f"The bot at {place}, which keeps the pictures, is away: ")
    with bots_store(tmp_path, port):
        assert await told() == Check(part="pictures", state="fine", says=f"kept in {place}")
        with_another = await told(("queue_key", SecretStr("x" * 64)))
        assert with_another.says == (
            f"{place} keeps no pictures for this machine: The link is signed with another key: set "
            "DARKROOM_QUEUE_KEY of the bot and of all workers to the same."
        )
        assert "set DARKROOM_QUEUE_KEY" in (await told(("queue_key", None))).says
        here = time.time
        monkeypatch.setattr("storage.blobs.BlobLinks", partial(BlobLinks, clock=lambda: here() + 1200))
        assert "20 minutes ahead of its time: set the clocks" in (await told()).says


async def test_shards_that_no_process_has_are_told(
    settings_home: Path, redis_address: str, connection: redis.Redis
) -> None:
    one = settings(settings_home, redis_address, discord_token="token", database_url=NOWHERE, shards="0-1/4")
    found = of(await examine_storage(one), "shards")
    assert (found.state, found.says[:34]) == ("note", "0-3/4 have no process at work, so ")
    client = connect_async(redis_address)
    async with Lease(client, bot_of("token"), one.shards).held(pytest.fail):
        assert of(await examine_storage(one), "shards").says.startswith("2-3/4 have no process")
        async with Lease(client, bot_of("token"), Shards.read("2-3/4")).held(pytest.fail):
            assert of(await examine_storage(one), "shards").says == "all 4 have a process"
    await client.aclose()


NOWHERE = "postgresql://u:p@localhost:1/x"
