from __future__ import annotations

from moderation.names.facts import UNKNOWN, Begun, Full, Glance, bits_of


def test_sets_with_a_key_in_common_share_a_bit() -> None:
    assert bits_of(["swift", "pitt"]) & bits_of(["pitt"])
    assert bits_of([]) == 0


def test_of_a_word_of_which_nothing_is_known_nothing_is_looked_at() -> None:
    assert UNKNOWN.glance == Glance(frozenset(), 0, 0, 0, "", {}, False, 0, 0)
    assert UNKNOWN._replace(owners=((1, True),)).glance.is_more


def test_where_slips_are_looked_for_a_name_may_still_have_some() -> None:
    short, long = (Begun(Full(0, (), size, False), 0, False) for size in (6, 7))
    assert (short.may_slip, long.may_slip) == (False, True)
    glance = UNKNOWN._replace(begun={"pitt": [short], "zonder": [long]}).glance
    assert glance.others == {"pitt", "zonder"}
    assert (glance.beside, glance.beyond) == (bits_of(["zonder"]), 0)
