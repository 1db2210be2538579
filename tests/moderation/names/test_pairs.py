from __future__ import annotations

from moderation.names.facts import UNKNOWN, Full
from moderation.names.pairs import Pairs

SINGLES = {"zonder": 1}


def pairs() -> Pairs:
    made = Pairs(SINGLES)
    made.add(("brad", "zonder"), Full(1, (), 10, False))
    made.add(("tobin", "harow", "pel"), Full(2, ("harow",), 15, False))
    return made


def names(*words: tuple[str, dict[str, float]], may_part: bool = True) -> list[tuple[int, int]]:
    """Look for names from the first of words, each of which may be meant for others with slips."""
    made = pairs()
    facts = {word: UNKNOWN._replace(near=near, begun=made.begun(near.items())) for word, near in words}
    return list(made.beginning_at([word for word, _ in words], 0, facts, may_part))


BRAD, ZONDER = ("brad", {"brad": 0.0}), ("zonder", {"zonder": 0.0})


def test_a_name_is_known_by_its_words_with_slips_and_turned_round() -> None:
    assert names(BRAD, ZONDER) == [(1, 1)]
    assert names(BRAD, ("zoner", {"zonder": 1.0})) == [(1, 1)]
    assert names(("bard", {"brad": 0.5}), ("zoner", {"zonder": 1.0})) == []
    assert names(ZONDER, BRAD) == [(1, 1)]


def test_what_stands_within_a_name_is_no_slip_of_it() -> None:
    assert names(BRAD, ("quux", {}), ZONDER) == [(1, 2)]
    assert names(BRAD, ("quux", {}), ("zoner", {"zonder": 1.0})) == []


def test_only_longer_names_are_looked_for_with_slips_beyond_the_next_word() -> None:
    middle: tuple[str, dict[str, float]] = ("harow", {})
    begin, end = ("tobin", {"tobin": 0.0}), ("pell", {"pel": 1.0})
    assert names(begin, middle, end) == [(2, 2)]
    assert names(begin, middle, end, may_part=False) == []
    assert names(BRAD, ("quux", {}), ZONDER, may_part=False) == [(1, 2)]


def test_names_are_spread_over_texts() -> None:
    assert [last for last, _ in pairs().spread("brad", {"zonder", "hat"})] == ["zonder"]
    assert not list(pairs().spread("brad", {"hat"}))
