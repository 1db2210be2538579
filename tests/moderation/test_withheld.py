from __future__ import annotations

import pytest

from moderation.verdict import Action, Verdict, most_severe
from moderation.withheld import is_for_adults, may_be_appealed


def of(*rules: str, action: Action = Action.BLOCK) -> Verdict:
    return most_severe(Verdict.of(action, rule, "it", "A sentence.") for rule in rules)


@pytest.mark.parametrize("rule", ["minors", "real people", "detector", "lettering"])
def test_what_nobody_may_approve_is_not_appealed_whatever_else_is_said(rule: str) -> None:
    assert not may_be_appealed(of(rule))
    assert not may_be_appealed(of("nudity", rule))


def test_what_detectors_may_be_wrong_about_is() -> None:
    for rule in ("nudity", "anatomy", "known faces", "names", "sexual"):
        assert may_be_appealed(of(rule))
        assert not may_be_appealed(of(rule, action=Action.WARN)), "it is shown anyway"


def test_nudity_of_somebody_in_a_picture_that_it_was_made_from_is_not() -> None:
    assert not may_be_appealed(of("nudity"), ["ab" * 32])
    assert may_be_appealed(of("anatomy"), ["ab" * 32])


def test_some_of_it_is_for_adults() -> None:
    assert [is_for_adults(of(rule)) for rule in ("nudity", "sexual", "known faces")] == [True, True, False]
