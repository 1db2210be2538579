from __future__ import annotations

from moderation.names.facts import UNKNOWN, Begun, Full, Glance


def test_of_a_word_of_which_nothing_is_known_nothing_is_looked_at() -> None:
    none = frozenset[str]()
    assert UNKNOWN.glance == Glance(none, False, none, "", {}, False, 0, 0, {}, none)
    assert UNKNOWN._replace(owners=((1, True),)).glance.is_more


def test_where_slips_are_looked_for_a_name_may_still_have_some() -> None:
    short, long = (Begun(Full(0, (), size, False), 0, False) for size in (6, 7))
    assert (short.may_slip, long.may_slip) == (False, True)


def test_only_names_of_more_than_two_words_that_may_slip_are_parted() -> None:
    short, long = (Begun(Full(0, ("van",), size, False), 0, False) for size in (6, 7))
    assert not UNKNOWN._replace(begun={"pell": [short]}).glance.is_parted
    glance = UNKNOWN._replace(begun={"pell": [short], "zonder": [long]}).glance
    assert (glance.others, glance.is_parted) == (frozenset(["pell", "zonder"]), True)
