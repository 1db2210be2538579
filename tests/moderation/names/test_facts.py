from __future__ import annotations

from moderation.names.facts import UNKNOWN, Glance, bits_of


def test_sets_with_a_key_in_common_share_a_bit() -> None:
    assert bits_of(["swift", "pitt"]) & bits_of(["pitt"])
    assert bits_of([]) == 0


def test_of_a_word_of_which_nothing_is_known_nothing_is_looked_at() -> None:
    assert UNKNOWN.glance == Glance(0, 0, "", {}, False, 0, 0)
    assert UNKNOWN._replace(owners=((1, True),)).glance.is_more
