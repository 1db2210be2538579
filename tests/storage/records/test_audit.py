"""The audit log: nothing is written twice, and whatever is changed afterwards is found."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from storage.database import Database
from storage.records.audit import BEGINNING, AuditRecords, Line, exported, first_broken
from storage.review_tables import AuditRow
from storage.tables import Server, table_of
from tests.storage.conftest import GUILD, MEMBER

AUDIT, SERVERS = table_of(AuditRow), table_of(Server)


async def a_server(database: Database, *ids: int) -> AuditRecords:
    async with database.writing() as db:
        for each in ids or (GUILD,):
            await db.execute(insert(SERVERS).values(id=each))
    return AuditRecords(database)


async def append(database: Database, key: str, server: int = GUILD, **about: object) -> None:
    async with database.writing() as db:
        await AuditRecords(database).append(db, key, server, MEMBER, "approved", about)


def a_log(*whats: str) -> list[Line]:
    lines: list[Line] = []
    for number, what in enumerate(whats, start=1):
        before = lines[-1].hash if lines else BEGINNING
        line = Line(GUILD, number, datetime.now(UTC), None, what, {"why": what}, before, "")
        lines.append(replace(line, hash=line.sealed()))
    return lines


async def test_lines_are_numbered_and_sealed_and_what_is_repeated_is_not_added(database: Database) -> None:
    log = await a_server(database)
    for key in ("a", "b", "a", "c"):
        await append(database, key, said="“ü”\n{x}", count=3)
    lines = await log.whole(GUILD)
    assert [line.number for line in lines] == [1, 2, 3]
    assert lines[0].previous == BEGINNING
    assert first_broken(lines) is None
    await log.add("c", GUILD, MEMBER, "deleted", {})
    await log.add("d", GUILD, None, "deleted", {})
    assert [line.what for line in await log.whole(GUILD)][2:] == ["approved", "deleted"]


async def test_each_server_has_a_chain_of_its_own(database: Database) -> None:
    log = await a_server(database, GUILD, GUILD + 9)
    await asyncio.gather(
        *(append(database, f"{server}-{each}", server) for server in (GUILD, GUILD + 9) for each in range(8))
    )
    for server in (GUILD, GUILD + 9):
        lines = await log.whole(server)
        assert [line.number for line in lines] == list(range(1, 9))
        assert first_broken(lines) is None


async def test_who_changes_or_drops_a_line_is_found_out(database: Database) -> None:
    log = await a_server(database)
    for key in "abcd":
        await append(database, key)
    async with database.writing() as db:
        await db.execute(update(AUDIT).where(AUDIT.c.number == 3).values(actor_id=MEMBER + 1))
    assert first_broken(await log.whole(GUILD)) == 3
    async with database.writing() as db:
        await db.execute(delete(AUDIT).where(AUDIT.c.number == 2))
    assert first_broken(await log.whole(GUILD)) == 2


@given(
    st.integers(0, 4),
    st.sampled_from(["server_id", "number", "at", "actor_id", "what", "about", "previous", "hash"]),
)
def test_no_part_of_a_line_can_be_changed_without_notice(place: int, name: str) -> None:
    lines = a_log(*"abcde")
    others: dict[str, Any] = {"at": datetime(2020, 1, 1, tzinfo=UTC), "what": "x", "about": {}}
    others |= {"previous": "f" * 64, "hash": "f" * 64}
    lines[place] = replace(lines[place], **{name: others.get(name, 7)})
    assert first_broken(lines) == place + 1


def test_an_export_can_be_checked_by_anybody() -> None:
    """With a JSON reader and SHA-256 alone."""
    before = "0" * 64
    for written in exported(a_log("report", "approved", "müde")).splitlines():
        line = json.loads(written)
        seal = line.pop("hash")
        assert line["previous"] == before
        plain = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(plain.encode()).hexdigest() == seal
        before = seal
