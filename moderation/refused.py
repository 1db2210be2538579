"""What refuses a prompt, all of it, and what of the prompt would pass."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from moderation.judge import judge_prompt
from moderation.policy import Policy
from moderation.verdict import Reason, Verdict

FLOOR = frozenset({"minors", "real people"})
"""The rules that hold in every channel, whatever its policy."""
FORM = frozenset({"malformed"})
"""The rules about which nobody can be of another opinion."""
LISTED = frozenset({"names", "artists"})
"""The rules that lists of names are for."""
_MOST = 8
"""Passages that are taken out of one prompt: whoever needs more writes another one."""


class Asked(NamedTuple):
    """The texts of a job: what `judge_prompt` is given."""

    prompt: str
    negative_prompt: str
    steps: int
    beside: tuple[str, ...] = ()

    def judged(self, policy: Policy, cleared: Iterable[str] = ()) -> Verdict:
        """Judge them, but for the reasons whose keys are `cleared`."""
        return judge_prompt(
            self.prompt,
            self.negative_prompt,
            policy,
            steps=self.steps,
            beside=self.beside,
            cleared=tuple(cleared),
        )


def all_reasons(asked: Asked, policy: Policy) -> tuple[Reason, ...]:
    """Give the reasons of all rules that refuse a prompt, where a verdict ends with the first."""
    reasons: list[Reason] = []
    while (verdict := asked.judged(policy, {reason.key for reason in reasons})).blocked:
        reasons += verdict.refusing
        if FORM & {reason.rule for reason in verdict.refusing}:
            break
    return tuple(reasons)


def without(asked: Asked, policy: Policy) -> tuple[Asked, tuple[str, ...]] | None:
    """Take the refused passages out, and give what remains and what was taken; None if nothing passes.

    Of words that are refused only together, the sexual ones go.
    """
    taken: list[str] = []
    while (verdict := asked.judged(policy)).blocked:
        passages = [reason.quotes[0] for reason in verdict.refusing]
        rest = _taken_out(asked, passages)
        if rest == asked or len(taken) >= _MOST or not _has_words(rest.prompt):
            return None
        asked, taken = rest, [*taken, *passages]
    return (asked, tuple(dict.fromkeys(taken))) if taken else None


def taken_out(text: str, passage: str) -> str:
    """Take every occurrence of a passage out of a text, with the commas and brackets that it leaves empty."""
    rest = re.sub(re.escape(passage), " ", text, flags=re.IGNORECASE)
    if rest == text:
        return text
    before = None
    while rest != before:
        before, rest = rest, _EMPTY.sub(" ", rest)
    rest = re.sub(r"\s+([,.;])", r"\1", rest)
    rest = re.sub(r"([,;])(?:\s*[,;.])+", r"\1", rest)
    return " ".join(rest.split()).strip(" ,;")


_EMPTY = re.compile(r"[(\[{<]\s*(?::\s*[\d.]*)*\s*[)\]}>]")


def _taken_out(asked: Asked, passages: Iterable[str]) -> Asked:
    prompt, negative = asked.prompt, asked.negative_prompt
    for passage in passages:
        prompt, negative = taken_out(prompt, passage), taken_out(negative, passage)
    return asked._replace(prompt=prompt, negative_prompt=negative)


def _has_words(text: str) -> bool:
    return re.search(r"[^\W\d_]{2}", text) is not None
