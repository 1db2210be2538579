"""What moderation answers: allow, warn or block, and why."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from moderation.told import Sentence


class Action(StrEnum):
    """What happens to a prompt or a picture, from mild to severe."""

    ALLOW = "allow"
    WARN = "warn"
    BLOCK = "block"


class Reason(BaseModel):
    """Why one rule warns or blocks.

    `matched` is the text or detector label that the rule saw; `explanation` is a sentence for the member.
    """

    model_config = ConfigDict(frozen=True)

    rule: str
    matched: str
    explanation: Sentence


class Verdict(BaseModel):
    """The judgement on one prompt or picture; `reasons` is empty when it is simply allowed."""

    model_config = ConfigDict(frozen=True)

    verdict: Action = Action.ALLOW
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def of(cls, action: Action, rule: str, matched: str, explanation: str) -> Verdict:
        """Make the verdict of one rule; what it allows needs no reason."""
        if action is Action.ALLOW:
            return cls()
        return cls(verdict=action, reasons=(Reason(rule=rule, matched=matched, explanation=explanation),))

    @property
    def blocked(self) -> bool:
        """Say whether the prompt or picture must not go on."""
        return self.verdict is Action.BLOCK


def most_severe(verdicts: Iterable[Verdict]) -> Verdict:
    """Join verdicts: the most severe action, and the reasons of all of them."""
    order = list(Action)
    joined = list(verdicts)
    action = max((v.verdict for v in joined), key=order.index, default=Action.ALLOW)
    return Verdict(verdict=action, reasons=tuple(reason for v in joined for reason in v.reasons))
