"""A picture is read from its row as it was written."""

from __future__ import annotations

from typing import Any, cast

import pytest

from storage.events import Picture
from storage.records.picture_rows import picture_of, row_of
from tests.conftest import a_job
from tests.storage.conftest import finished


@pytest.mark.parametrize("withheld", [0, 1])
def test_a_picture_is_read_as_it_was_written(withheld: int) -> None:
    (picture,) = finished(a_job(), withheld).pictures
    row = row_of("ab" * 8, 3, picture)
    assert (row["job_id"], row["index"]) == ("ab" * 8, 3)
    assert picture_of(cast(Any, row)) == picture


def test_rows_of_versions_that_discarded_nothing_are_read() -> None:
    (picture,) = finished(a_job()).pictures
    row: dict[str, Any] = {**row_of("ab" * 8, 0, picture), "discarded": None}
    assert isinstance(read := picture_of(cast(Any, row)), Picture)
    assert read.discarded == ()
