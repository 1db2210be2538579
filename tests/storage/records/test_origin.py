"""Where a job came from is read from its row as it was written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from storage.manner import Manner
from storage.records.origin import columns_of, origin_of
from tests.storage.conftest import an_origin


def test_an_origin_is_read_as_it_was_written() -> None:
    origin = replace(an_origin(), language="de", manner=Manner.DIRECT)
    row = columns_of(origin)
    assert origin_of(cast(Any, row)) == origin
    assert origin_of(cast(Any, row | {"manner": None})).manner is Manner.HERE
