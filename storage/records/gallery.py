"""The gallery of known faces: descriptors by name, of one server or of everywhere."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.gallery import ENCODERS, Gallery, Learned, NotLearned
from moderation.told import Told
from storage.database import Database
from storage.records.audit import AuditRecords
from storage.records.references import References
from storage.tables import KnownFaceRow, table_of

log = logging.getLogger(__name__)

MOST_FACES = 2000
"""Descriptors of one server: all are compared with each face, in less than a millisecond."""

_FACES = table_of(KnownFaceRow)
# Built once: they are asked with each delivery. Most servers know nobody, and thousands are no glance.
_KNOWN_IN = or_(_FACES.c.server_id.is_(None), _FACES.c.server_id == bindparam("server"))
_ANYBODY = select(_FACES.c.id).where(_KNOWN_IN).limit(1)
_EVERYBODY = (
    select(_FACES.c.id, _FACES.c.name, _FACES.c.encoder, _FACES.c.descriptor)
    .where(_KNOWN_IN)
    .order_by(_FACES.c.id)
)


class GalleryRecords:
    """Known faces in a database. Without a server it is about the operator's, who are known everywhere.

    What a server learns and forgets stands in its audit log. Names are told apart without regard to case: one
    is spelled as it was learned first. Methods raise DatabaseAway.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._references = References(database)
        self._audit = AuditRecords(database)

    async def of(self, server_id: int | None) -> Gallery:
        """Give everybody who is known in a server: its own and the operator's."""
        async with self._database.glancing() as db:
            if (await db.execute(_ANYBODY, {"server": server_id})).scalar() is None:
                return Gallery()
        async with self._database.reading() as db:
            rows = await db.execute(_EVERYBODY, {"server": server_id})
            learned = [(row.id, _learned(row.name, row.encoder, row.descriptor)) for row in rows]
        for number, each in learned:
            if each is None:
                log.warning("known face %d is of an encoder that is not here: please learn it again", number)
        return Gallery(each for _, each in learned if each is not None)

    async def learn(self, server_id: int | None, faces: Iterable[Learned], member_id: int | None) -> None:
        """Add faces. Raises NotLearned where there are too many."""
        by: dict[str, Any] = {"server_id": server_id, "member_id": member_id, "at": datetime.now(UTC)}
        rows = [
            {**by, "name": face.name, "encoder": face.encoder, "descriptor": _stored(face)} for face in faces
        ]
        async with self._database.writing() as db:
            counted = await db.execute(select(func.count()).where(_whose(server_id)))
            if counted.scalar_one() + len(rows) > MOST_FACES:
                raise NotLearned(
                    Told("There are {most} faces already. Please forget some first.", most=MOST_FACES)
                )
            spelled: dict[str, str] = {}
            for row in rows:
                name = row["name"]
                spelled.setdefault(name.casefold(), next(iter(await _spellings(db, server_id, name)), name))
                row["name"] = spelled[name.casefold()]
            await self._references.write(db, server_id, None, member_id)
            added = await db.execute(insert(_FACES).returning(_FACES.c.id), rows)
            numbers = list(added.scalars())
            await self._note(db, "face learned", server_id, member_id, ", ".join(spelled.values()), numbers)

    async def names(self, server_id: int | None) -> dict[str, int]:
        """Give the names of a server's own, sorted, and how many pictures each was learned from."""
        async with self._database.reading() as db:
            rows = await db.execute(
                select(_FACES.c.name, func.count()).where(_whose(server_id)).group_by(_FACES.c.name)
            )
            return dict(sorted((name, count) for name, count in rows))

    async def forget(self, server_id: int | None, name: str, member_id: int | None) -> int:
        """Forget a name of a server's own; give how many descriptors that were."""
        async with self._database.writing() as db:
            spellings = await _spellings(db, server_id, name)
            gone = await db.execute(
                delete(_FACES).where(_whose(server_id), _FACES.c.name.in_(spellings)).returning(_FACES.c.id)
            )
            if numbers := list(gone.scalars()):
                await self._note(db, "face forgotten", server_id, member_id, spellings[0], numbers)
            return len(numbers)

    async def _note(
        self,
        db: AsyncConnection,
        what: str,
        server_id: int | None,
        member_id: int | None,
        name: str,
        numbers: list[int],
    ) -> None:
        if server_id is not None:
            about = {"name": name, "faces": len(numbers)}
            await self._audit.append(db, f"{what}:{max(numbers)}", server_id, member_id, what, about)


async def _spellings(db: AsyncConnection, server_id: int | None, name: str) -> list[str]:
    """List how a server's own have a name, the first first."""
    first = select(_FACES.c.name).where(_whose(server_id)).group_by(_FACES.c.name)
    rows = await db.execute(first.order_by(func.min(_FACES.c.id)))
    return [each for each in rows.scalars() if each.casefold() == name.casefold()]


def _whose(server_id: int | None) -> ColumnElement[bool]:
    return _FACES.c.server_id.is_(None) if server_id is None else _FACES.c.server_id == server_id


def _stored(face: Learned) -> bytes:
    return face.descriptor.astype("<f4").tobytes()


def _learned(name: str, encoder: str, stored: bytes) -> Learned | None:
    if encoder not in ENCODERS or len(stored) != 4 * ENCODERS[encoder].dimensions:
        return None
    return Learned(name, encoder, np.frombuffer(stored, "<f4"))
