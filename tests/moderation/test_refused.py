"""What refuses a prompt, and what remains of it that passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.policy import NSFW, SFW, Listed
from moderation.refused import Asked, all_reasons, taken_out, without
from moderation.verdict import Action


@pytest.mark.parametrize(
    ("prompt", "rest", "taken"),
    [
        ("a child in the nude, at sea", "a child in the, at sea", ("nude",)),
        ("a nude woman, on a beach", "a woman, on a beach", ("nude",)),
        ("a portrait of tom hanks, nude, in oil", "a portrait of, in oil", ("nude", "tom hanks")),
        ("a tree, (naked:1.3), [naked], a house", "a tree, a house", ("naked",)),
        ("a tree, n4ked, a house", "a tree, a house", ("n4ked",)),
    ],
)
def test_a_prompt_without_the_refused_words(prompt: str, rest: str, taken: tuple[str, ...]) -> None:
    found = without(Asked(prompt, "", 20), SFW)
    assert found is not None
    assert (found[0].prompt, found[1]) == (rest, taken)
    assert not found[0].judged(SFW).blocked


def test_nothing_is_offered_where_nothing_remains_or_the_words_stand_elsewhere() -> None:
    assert without(Asked("naked", "", 20), SFW) is None
    assert without(Asked("a tree", "", 20, ("naked breasts",)), SFW) is None
    assert without(Asked("a tree", "", 20), SFW) is None
    assert without(Asked("a tree\nhouse", "", 20), SFW) is None


def test_all_rules_say_why_not_only_the_first() -> None:
    reasons = all_reasons(Asked("a portrait of tom hanks, nude", "", 20), SFW)
    assert [reason.rule for reason in reasons] == ["real people", "sexual", "names"]
    assert reasons[0].quotes == ("nude", "tom hanks")
    assert reasons[1].quotes == ("nude",)
    assert all_reasons(Asked("a nude tree", "", 20), NSFW) == ()
    assert [reason.rule for reason in all_reasons(Asked("", "", 20), SFW)] == ["malformed"]


def test_what_only_warns_stays_and_is_no_reason_of_a_refusal() -> None:
    asked = Asked("tom hanks on a gory battlefield", "", 20)
    assert [reason.action for reason in asked.judged(SFW).reasons] == [Action.WARN, Action.BLOCK]
    found = without(asked, SFW)
    assert found is not None
    assert (found[0].prompt, found[1]) == ("on a gory battlefield", ("tom hanks",))
    both = SFW.model_copy(update={"names": Listed.BLOCK, "artists": Listed.WARN})
    with_artist = Asked("tom hanks by greg rutkowski", "", 20)
    assert [reason.rule for reason in all_reasons(with_artist, both)] == ["names"]


def test_what_is_cleared_is_not_refused_and_the_rest_is() -> None:
    asked = Asked("a portrait of tom hanks, nude", "", 20)
    floor = ["real people: nude + tom hanks", "sexual: nude"]
    assert asked.judged(SFW, floor).reasons[0].rule == "names"
    assert not asked.judged(SFW, [*floor, "names: tom hanks"]).blocked


def test_what_is_cleared_of_one_name_leaves_another_refused() -> None:
    verdict = Asked("tom hanks and taylor swift", "", 20).judged(SFW, ["names: tom hanks"])
    assert [reason.matched for reason in verdict.reasons] == ["taylor swift"]
    assert verdict.blocked
    listed = SFW.model_copy(update={"artists": Listed.WARN})
    verdict = Asked("tom hanks by greg rutkowski", "", 20).judged(listed, ["names: tom hanks"])
    assert verdict.verdict is Action.WARN


@given(st.text("ab (),;.[]:1", max_size=40), st.sampled_from(["a", "ab", "b a", "("]))
def test_taking_words_out_adds_none(text: str, passage: str) -> None:
    rest = taken_out(text, passage)
    assert passage not in rest or passage == "b a"
    assert len(rest) <= len(text)
