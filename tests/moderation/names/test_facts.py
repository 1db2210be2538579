from __future__ import annotations

from moderation.names.facts import UNKNOWN, bits_of


def test_sets_with_a_key_in_common_share_a_bit() -> None:
    assert bits_of(["swift", "pitt"]) & bits_of(["pitt"])
    assert bits_of([]) == 0 == UNKNOWN.near_bits
