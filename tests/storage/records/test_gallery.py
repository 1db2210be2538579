from __future__ import annotations

import logging

import numpy as np
import pytest
from sqlalchemy import update

from moderation.gallery import DRAWN, Learned, NotLearned
from storage.database import Database
from storage.records import gallery as records
from storage.records.audit import AuditRecords
from storage.records.gallery import GalleryRecords
from storage.tables import KnownFaceRow, table_of
from tests.storage.conftest import GUILD, MEMBER


def a_face(name: str, value: float = 0.5) -> Learned:
    return Learned(name, DRAWN.name, np.full(DRAWN.dimensions, value, np.float32))


async def test_a_server_knows_its_own_faces_and_the_operators(database: Database) -> None:
    faces = GalleryRecords(database)
    await faces.learn(None, [a_face("everywhere")], None)
    await faces.learn(GUILD, [a_face("here"), a_face("here", 0.25)], MEMBER)
    await faces.learn(GUILD + 1, [a_face("there")], MEMBER)
    assert await faces.names(GUILD) == {"here": 2}
    assert await faces.names(None) == {"everywhere": 1}
    known = (await faces.of(GUILD)).learned
    assert [each.name for each in known] == ["everywhere", "here", "here"]
    assert known[2].descriptor.tolist() == [0.25] * DRAWN.dimensions
    assert [each.name for each in (await faces.of(None)).learned] == ["everywhere"]


async def test_a_server_forgets_its_own_faces_only(database: Database) -> None:
    faces = GalleryRecords(database)
    await faces.learn(None, [a_face("mira")], None)
    await faces.learn(GUILD, [a_face("mira"), a_face("Mira")], MEMBER)
    assert await faces.names(GUILD) == {"mira": 2}
    assert await faces.forget(GUILD, "MIRA", MEMBER) == 2
    assert await faces.forget(GUILD, "MIRA", MEMBER) == 0
    assert await faces.names(None) == {"mira": 1}
    lines = await AuditRecords(database).whole(GUILD)
    assert [(line.what, line.actor_id, line.about) for line in lines] == [
        ("face learned", MEMBER, {"name": "mira", "faces": 2}),
        ("face forgotten", MEMBER, {"name": "mira", "faces": 2}),
    ]


async def test_there_is_an_end_to_what_is_learned(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MOST_FACES", 2)
    faces = GalleryRecords(database)
    await faces.learn(GUILD, [a_face("one"), a_face("two")], MEMBER)
    with pytest.raises(NotLearned, match="There are 2 faces already"):
        await faces.learn(GUILD, [a_face("three")], MEMBER)
    await faces.learn(GUILD + 1, [a_face("three")], MEMBER)


async def test_a_face_of_another_encoder_is_left_out_and_told(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    faces = GalleryRecords(database)
    await faces.learn(None, [a_face("mira"), a_face("bodo")], None)
    async with database.writing() as db:
        table = table_of(KnownFaceRow)
        await db.execute(update(table).where(table.c.name == "mira").values(encoder="drawn-0"))
    with caplog.at_level(logging.WARNING):
        assert [each.name for each in (await faces.of(None)).learned] == ["bodo"]
    assert "please learn it again" in caplog.text
