from __future__ import annotations

import pytest

from moderation.verdict import Action, Verdict, most_severe

WARNED = Verdict.of(Action.WARN, "names", "ada", "Please do not.")
BLOCKED = Verdict.of(Action.BLOCK, "sexual", "nude", "Not here.")


def test_a_verdict_of_a_rule_has_its_reason() -> None:
    (reason,) = BLOCKED.reasons
    assert (reason.rule, reason.matched, reason.explanation) == ("sexual", "nude", "Not here.")
    assert BLOCKED.blocked
    assert not WARNED.blocked


def test_what_is_allowed_needs_no_reason() -> None:
    assert Verdict.of(Action.ALLOW, "sexual", "nude", "Not here.") == Verdict()
    assert not Verdict().blocked


@pytest.mark.parametrize(
    ("verdicts", "action", "rules"),
    [
        ([], Action.ALLOW, []),
        ([Verdict(), Verdict()], Action.ALLOW, []),
        ([Verdict(), WARNED], Action.WARN, ["names"]),
        ([WARNED, BLOCKED], Action.BLOCK, ["names", "sexual"]),
        ([BLOCKED, WARNED, Verdict()], Action.BLOCK, ["sexual", "names"]),
    ],
)
def test_the_most_severe_verdict_holds_and_all_reasons_stay(
    verdicts: list[Verdict], action: Action, rules: list[str]
) -> None:
    joined = most_severe(verdicts)
    assert joined.verdict is action
    assert [reason.rule for reason in joined.reasons] == rules
