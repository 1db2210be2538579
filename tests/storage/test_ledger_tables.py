from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.ledger_tables import TransferRow


async def test_nobody_takes_by_giving_less_than_nothing(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as db:
            await db.execute(
                insert(TransferRow).values(business_id="x", kind="grant", giver="a", taker="b", amount=-1)
            )
