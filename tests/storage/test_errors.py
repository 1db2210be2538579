from __future__ import annotations

import asyncio

import pytest
import redis

from storage.errors import reason_of


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("no such thing"), "no such thing"),
        (ValueError("\n  first \nsecond"), "first"),
        (FileNotFoundError(2, "No such file or directory", "x"), "No such file or directory"),
        (OSError("cannot identify image file"), "cannot identify image file"),
        (OSError(), "OSError"),
        (TimeoutError(), "TimeoutError"),
        (asyncio.CancelledError(), "CancelledError"),
        (redis.ConnectionError(), "ConnectionError"),
        (ValueError(" \n "), "ValueError"),
    ],
    ids=repr,
)
def test_every_error_has_a_reason_in_one_line(error: BaseException, reason: str) -> None:
    assert reason_of(error) == reason
