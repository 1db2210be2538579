"""How the tests of the rules ask."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from moderation.findings import PINNED_DETECTOR, Finding, Findings
from moderation.judge import judge_prompt
from moderation.lexicon import Lexicon, Match
from moderation.policy import Policy
from moderation.reading import Reading
from moderation.rules import sexual
from moderation.sense import Senses
from moderation.signs import Sign
from moderation.verdict import Action


def verdict(prompt: str, policy: Policy, negative: str = "") -> tuple[Action, str]:
    judged = judge_prompt(prompt or "a cat", negative, policy)
    assert judged.blocked or judged.verdict is Action.WARN or not judged.reasons
    return judged.verdict, judged.reasons[0].rule if judged.reasons else ""


def seen(*found: tuple[str, float], detector: str = PINNED_DETECTOR) -> Findings:
    return Findings(
        detector=detector,
        found=tuple(Finding(label=label, score=score, box=(0, 0, 8, 8)) for label, score in found),
    )


class _Mistaken(Senses):
    def find(self, readings: Iterable[Reading]) -> Match | Sign | None:
        read = tuple(readings)
        return super().find(read) or Lexicon(["creamier"]).find(read)


def take_creamier_for_sexual(patch: pytest.MonkeyPatch) -> None:
    """Have the sexual rule be mistaken about an ordinary word, as it is about none that is known."""
    patch.setattr(sexual, "SEXUAL", _Mistaken("sexual"))
