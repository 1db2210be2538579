"""The judgement: a policy and a prompt or findings in, a verdict out."""

from __future__ import annotations

from moderation.findings import Findings
from moderation.pictures import PINNED_DETECTOR
from moderation.policy import Policy
from moderation.prompt_form import malformed
from moderation.verdict import Action, Reason, Verdict

NUDITY = {
    "FEMALE_GENITALIA_EXPOSED": 0.3,
    "MALE_GENITALIA_EXPOSED": 0.3,
    "ANUS_EXPOSED": 0.3,
    "FEMALE_BREAST_EXPOSED": 0.35,
    "BUTTOCKS_EXPOSED": 0.4,
}


def judge_prompt(prompt: str, negative_prompt: str, policy: Policy) -> Verdict:
    """Judge."""
    for text, name in ((prompt, "prompt"), (negative_prompt, "negative prompt")):
        reason = malformed(text, name)
        if reason:
            return Verdict(verdict=Action.BLOCK, reasons=(reason,))
    return Verdict()


def judge_picture(findings: Findings, policy: Policy, *, prompt: str = "") -> Verdict:
    """Judge."""
    if findings.detector != PINNED_DETECTOR:
        return Verdict(
            verdict=Action.BLOCK,
            reasons=(
                Reason(
                    rule="detector",
                    matched=findings.detector,
                    explanation="The picture was not checked by the detector that this server relies on, so it cannot be shown.",
                ),
            ),
        )
    return Verdict()
