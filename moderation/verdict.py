"""What moderation answers: allow, warn or block, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from moderation.told import Sentence, Told


class Action(StrEnum):
    """What happens to a prompt or a picture, from mild to severe."""

    ALLOW = "allow"
    WARN = "warn"
    BLOCK = "block"


class Reason(BaseModel):
    """Why one rule warns or blocks.

    `matched` is the text or detector label that the rule saw; `explanation` is a sentence for the member.
    `action` is what this reason alone wants: known where the verdict was given, and not written with it.
    """

    model_config = ConfigDict(frozen=True)

    rule: str
    matched: str
    explanation: Sentence
    action: Action = Field(default=Action.BLOCK, exclude=True)

    @property
    def quotes(self) -> tuple[str, ...]:
        """Give the passages of a member's texts that it is about; of two, the sexual one comes first."""
        told = self.explanation
        fields = told.fields if isinstance(told, Told) else {}
        named = [fields.get(name) for name in ("sexual", "minors", "person")]
        found = tuple(each for each in named if isinstance(each, str))
        return found or (self.matched,)

    @property
    def key(self) -> str:
        """Name it among all reasons for which the same texts are refused, by its rule and what it quotes."""
        return f"{self.rule}: {' + '.join(self.quotes)}"


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
        reason = Reason(rule=rule, matched=matched, explanation=explanation, action=action)
        return cls(verdict=action, reasons=(reason,))

    @property
    def blocked(self) -> bool:
        """Say whether the prompt or picture must not go on."""
        return self.verdict is Action.BLOCK

    @property
    def refusing(self) -> tuple[Reason, ...]:
        """Give the reasons that block, without those that only warn; asked where the verdict was given."""
        return tuple(reason for reason in self.reasons if reason.action is Action.BLOCK)

    def without(self, cleared: Collection[str]) -> Verdict:
        """Give it without the reasons that have these keys; asked where the verdict was given."""
        rest = tuple(reason for reason in self.reasons if reason.key not in cleared)
        if len(rest) == len(self.reasons):
            return self
        return Verdict(verdict=_worst(reason.action for reason in rest), reasons=rest)


def most_severe(verdicts: Iterable[Verdict]) -> Verdict:
    """Join verdicts: the most severe action, and the reasons of all of them."""
    joined = list(verdicts)
    reasons = tuple(reason for each in joined for reason in each.reasons)
    return Verdict(verdict=_worst(each.verdict for each in joined), reasons=reasons)


def _worst(actions: Iterable[Action]) -> Action:
    return max(actions, key=list(Action).index, default=Action.ALLOW)
