"""People with goofs are discarded, as strictly as a member or a channel wants it."""

from __future__ import annotations

import pytest

from moderation.bodies import Body, Goof
from moderation.policy import Anatomy
from moderation.rules.anatomy import of_bodies, said
from moderation.verdict import Action

THREE_ARMS = Goof(part="arm", counted=3, expected=2, severe=True, boxes=((1, 2, 3, 4),))
ONE_HAND = Goof(part="hand", counted=1, expected=2)


def somebody(*goofs: Goof) -> Body:
    return Body(box=(0, 0, 9, 9), errors=len(goofs), goofs=goofs)


@pytest.mark.parametrize(
    ("goofs", "anatomy", "blocked"),
    [
        ((THREE_ARMS,), Anatomy.NORMAL, True),
        ((THREE_ARMS,), Anatomy.STRICT, True),
        ((THREE_ARMS,), Anatomy.OFF, False),
        ((ONE_HAND,), Anatomy.NORMAL, False),
        ((ONE_HAND,), Anatomy.STRICT, True),
        ((), Anatomy.STRICT, False),
    ],
)
def test_severe_goofs_are_discarded_and_mild_ones_where_that_is_wanted(
    goofs: tuple[Goof, ...], anatomy: Anatomy, blocked: bool
) -> None:
    verdict = of_bodies([somebody(), somebody(*goofs)], anatomy)
    assert verdict.blocked == blocked
    assert [reason.rule for reason in verdict.reasons] == ["anatomy"] * blocked


def test_the_reason_names_the_worst_and_blames_nobody() -> None:
    verdict = of_bodies([somebody(ONE_HAND, THREE_ARMS)], Anatomy.STRICT)
    assert verdict.verdict is Action.BLOCK
    assert verdict.reasons[0].matched == "arm"
    assert "three arms" in verdict.reasons[0].explanation
    assert "cost you nothing" in verdict.reasons[0].explanation


@pytest.mark.parametrize(
    ("goof", "words"),
    [
        (THREE_ARMS, "three arms"),
        (ONE_HAND, "only one hand"),
        (Goof(part="head", counted=0, expected=1), "no head"),
        (Goof(part="leg", counted=0, expected=2), "no legs"),
        (Goof(part="leg", counted=1, expected=0, wrong="detached"), "a loose leg"),
        (Goof(part="head", counted=2, expected=1, wrong="fused"), "two bodies grown together"),
    ],
)
def test_a_goof_in_words(goof: Goof, words: str) -> None:
    assert said(goof) == words
