from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.judge import judge_picture, judge_prompt, read_lists
from moderation.names.listing import Name
from moderation.names.register import Register
from moderation.policy import SFW
from moderation.rules import names as names_rule
from moderation.said import Said
from moderation.verdict import Action
from tests.moderation.support import seen


def test_nothing_seen_is_allowed() -> None:
    assert judge_picture(seen(), SFW).verdict is Action.ALLOW


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=1100), st.text(st.characters(codec=None), max_size=50))
def test_any_text_gets_a_verdict_that_can_be_sent(prompt: str, negative: str) -> None:
    assert judge_prompt(prompt, negative, SFW).model_dump_json()


def test_what_is_refused_is_refused_for_one_reason() -> None:
    """The gravest: a nude child is no matter of a channel's policy."""
    (reason,) = judge_prompt("a naked child", "", SFW).reasons
    assert reason.rule == "minors"
    unknown = seen(("ANUS_EXPOSED", 0.9), detector="0" * 64)
    (reason,) = judge_picture(unknown, SFW, Said("a child")).reasons
    assert reason.rule == "detector"
    (reason,) = judge_picture(seen(("ANUS_EXPOSED", 0.9)), SFW, Said("a child")).reasons
    assert reason.rule == "minors"


def test_every_rule_says_why_a_picture_is_blocked_if_asked() -> None:
    bare = judge_picture(seen(("ANUS_EXPOSED", 0.9)), SFW, Said("a child"), by_all_rules=True)
    assert [reason.rule for reason in bare.reasons] == ["minors", "nudity"]


def test_lists_are_read_once_also_if_many_ask_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight seats of a worker that has just begun took eight seconds, and missed their heartbeats."""
    made = list[Register]()

    def slowly(names: Iterable[Name]) -> Register:
        time.sleep(0.2)
        made.append(Register(names))
        return made[-1]

    monkeypatch.setattr(names_rule, "Register", slowly)
    vars(names_rule._shipped)["__wrapped__"].cache_clear()
    with ThreadPoolExecutor() as seats:
        list(seats.map(lambda _: read_lists(), range(8)))
    judge_prompt("a red circle", "", SFW)
    assert len(made) == 1
