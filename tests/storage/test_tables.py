from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import make_url

from storage.tables import Moment

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+asyncpg://"])
def test_a_moment_is_stored_and_given_back_in_utc(url: str) -> None:
    dialect = make_url(url).get_dialect()()
    abroad = NOON.astimezone(timezone(timedelta(hours=9)))
    stored = Moment().process_bind_param(abroad, dialect)
    assert stored is not None
    assert (stored, stored.tzinfo) == (NOON, UTC)
    for found in (abroad, NOON.replace(tzinfo=None)):
        given = Moment().process_result_value(found, dialect)
        assert given is not None
        assert (given, given.tzinfo) == (NOON, UTC)
    assert Moment().process_bind_param(None, dialect) is None
    assert Moment().process_result_value(None, dialect) is None


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without its zone"):
        Moment().process_bind_param(NOON.replace(tzinfo=None), make_url("sqlite://").get_dialect()())
