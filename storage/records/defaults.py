"""What `/imagine` takes where its options are not given: a member's own choice, and a channel's."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select

from storage.database import Database
from storage.tables import DefaultsRow, table_of
from storage.values import Travelling

_DEFAULTS = table_of(DefaultsRow)
# Built once: it is asked with each command.
_OF = select(_DEFAULTS).where(_DEFAULTS.c.of_id.in_(bindparam("ids", expanding=True)))


class Defaults(Travelling):
    """Options by the names that `/imagine` has for them; None where nothing was chosen.

    Two are a member's only: `remix` says whether buttons that make pictures again ask for other words before,
    and `taste` whether choices are learned from, as they are where nothing is chosen.
    """

    checkpoint: str | None = None
    size: str | None = None
    quality: str | None = None
    imagination: str | None = None
    negative: str | None = None
    count: int | None = None
    style: str | None = None
    result: str | None = None
    remix: bool | None = None
    taste: bool | None = None

    def over(self, others: Defaults) -> Defaults:
        """Give these, and the others where nothing was chosen here."""
        return others.model_copy(update=self.model_dump(exclude_none=True))


class DefaultsRecords:
    """The defaults in a database, by the id of a member or a channel. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, *ids: int) -> Defaults:
        """Give what was chosen for these, the first ones first."""
        async with self._database.glancing() as db:
            rows = (await db.execute(_OF, {"ids": ids})).all()
        found = {row.of_id: Defaults.model_validate(row.chosen) for row in rows}
        chosen = Defaults()
        for each in reversed(ids):
            chosen = found.get(each, Defaults()).over(chosen)
        return chosen

    async def set(self, of_id: int, chosen: Defaults) -> None:
        """Choose these for a member or a channel, in place of all that was chosen before."""
        values = {"chosen": chosen.model_dump(exclude_none=True)}
        async with self._database.writing() as db:
            await db.execute(
                self._database.insert(_DEFAULTS)
                .values(of_id=of_id, **values)
                .on_conflict_do_update(index_elements=["of_id"], set_=values)
            )

    async def reset(self, of_id: int) -> None:
        """Forget what was chosen for a member or a channel."""
        async with self._database.writing() as db:
            await db.execute(delete(_DEFAULTS).where(_DEFAULTS.c.of_id == of_id))
