"""How results are handed over."""

from __future__ import annotations

from storage.manner import Manner


def test_what_is_for_its_member_alone_is_secret() -> None:
    assert {manner for manner in Manner if manner.is_secret} == {Manner.PRIVATE, Manner.DIRECT}
