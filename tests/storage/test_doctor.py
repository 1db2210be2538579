from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from storage.connection import connect
from storage.diagnosis import Check
from storage.doctor import examine_storage
from storage.farm import WorkerCard, announce
from storage.settings import BotSettings


def settings(home: Path, redis_address: str, **changed: object) -> BotSettings:
    values = {"home": home, "redis_url": redis_address, **changed}
    return BotSettings.model_validate(values)


def of(checks: list[Check], part: str) -> Check:
    (found,) = [check for check in checks if check.part == part]
    return found


async def test_every_part_is_used_once(settings_home: Path, redis_address: str) -> None:
    connect(redis_address).flushall()
    checks = await examine_storage(settings(settings_home, redis_address))
    assert [check.part for check in checks] == ["data folder", "Redis", "workers", "database", "pictures"]
    assert [check.state for check in checks] == ["fine", "fine", "note", "fine", "fine"]
    assert of(checks, "database").says == "up to date, 0 jobs open"
    assert list((settings_home / "blobs").rglob("*.png"))


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
