"""The judgement: a policy and a prompt or findings in, a verdict out."""

from __future__ import annotations

import math

from moderation.ages import find_age_under_18
from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR, Findings, is_of_pocket_world
from moderation.lexicon import Lexicon, terms
from moderation.policy import Policy
from moderation.prompt_form import malformed
from moderation.prompt_language.fragments import turned_text
from moderation.prompt_language.limits import too_much
from moderation.prompt_language.parse import parse
from moderation.prompt_language.schedule import USUAL_STEPS, drawn_texts
from moderation.prompt_language.tree import Prompt
from moderation.reading import Readings, normalise, readings, without_repetition, words_of
from moderation.verdict import Action, Reason, Verdict

NUDITY: dict[str, float] = {
    "FEMALE_GENITALIA_EXPOSED": 0.3,
    "MALE_GENITALIA_EXPOSED": 0.3,
    "ANUS_EXPOSED": 0.3,
    "FEMALE_BREAST_EXPOSED": 0.35,
    "BUTTOCKS_EXPOSED": 0.5,
    "BARE_TORSO": 0.4,
}
"""Labels of the detectors that count as nudity, and the confidence from which they do.

The worse a miss, the lower the confidence that is enough: a picture that is refused in error is only rendered
again. But plain balls are taken for buttocks (15 of 900 drawn scenes, confidence 0.22 to 0.47). Faces, feet,
bellies, armpits, men's chests and whatever is covered never count.
"""

_SEXUAL = Lexicon(terms("sexual"))
_SUGGESTIVE = Lexicon(terms("suggestive"))
_MINORS = Lexicon(terms("minors"))
_ADULTS = Lexicon(terms("adults"))
_INNOCENT = Lexicon(terms("innocent"))


def judge_prompt(prompt: str, negative_prompt: str, policy: Policy, *, steps: int = USUAL_STEPS) -> Verdict:
    """Judge what a member asks for, before any job of that many steps is made of it.

    Read are the prompt as it is written and every text that its syntax makes of it at some step: a word cut
    in two by a weight or a schedule, as in `n[x|ude]`, is that word. The words of the negative prompt are
    what the picture shall not show, so they are not held against anyone; unless weights below zero turn them
    into wishes, or adults are what a sexual prompt shall not show.
    Rules: "malformed" and "minors", the same in every policy, and "sexual", as the policy has it.
    """
    reason = malformed(prompt, "prompt") or malformed(negative_prompt, "negative prompt", may_be_empty=True)
    if reason:
        return Verdict(verdict=Action.BLOCK, reasons=(reason,))
    tree, negative = parse(prompt), parse(negative_prompt)
    if sentence := too_much(tree, negative, steps):
        return _verdict(Action.BLOCK, "malformed", "cost", sentence)
    wanted = _read(*_said(prompt, tree, steps), turned_text(negative))
    unwanted = _read(negative_prompt, turned_text(tree))
    if matched := _sexual_about_minors(wanted, unwanted):
        return _verdict(
            Action.BLOCK,
            "minors",
            matched,
            "Sexual content about minors is refused in every channel, and this prompt reads like it because "
            f"of {_quoted(matched)}. If that is not what you meant, leave out that or the sexual words.",
        )
    if matched := _SEXUAL.find(wanted):
        return _verdict(
            policy.sexual_prompts,
            "sexual",
            matched,
            f"{_quoted(matched)} reads like nudity or sex, and asking for those is against this channel's "
            "policy. Please ask for something else, or ask in a channel that is opened for it.",
        )
    return Verdict()


def judge_picture(
    findings: Findings,
    policy: Policy,
    *,
    prompt: str = "",
    steps: int = USUAL_STEPS,
    checkpoint: str = "",
) -> Verdict:
    """Judge what the detectors saw in a picture that `checkpoint` made from `prompt` in that many steps.

    Rules: "detector", when the findings are not the pinned detectors', or not of all that such a picture
    needs; "minors", when there is nudity in a
    picture whose prompt names minors, the same in every policy; "nudity", as the policy has it. None of them
    blames the member: a prompt that asked for it has been refused before.
    """
    if (stranger := _stranger(findings, checkpoint)) is not None:
        return _verdict(
            Action.BLOCK,
            "detector",
            stranger,
            "This picture was not checked by the detectors that this server trusts, so it cannot be shown. "
            "Please tell the people who run the bot.",
        )
    nude = [finding for finding in findings.found if finding.score >= NUDITY.get(finding.label, math.inf)]
    if not nude:
        return Verdict()
    label = max(nude, key=lambda finding: finding.score).label
    if _names_minors(_read(*_said(prompt, parse(prompt), steps))):
        return _verdict(
            Action.BLOCK,
            "minors",
            label,
            "The prompt names minors and the picture seems to have come out with nudity, so it is not shown. "
            "Nothing is held against you; please try another seed.",
        )
    return _verdict(
        policy.nudity,
        "nudity",
        label,
        "Nudity is against this channel's policy, and this picture seems to have come out with some. Nothing "
        "is held against you; please try another seed, or ask in a channel that is opened for it.",
    )


def _stranger(findings: Findings, checkpoint: str) -> str | None:
    """The detector that should have been another one; "none" where one is missing."""
    if findings.detector != PINNED_DETECTOR:
        return findings.detector
    if is_of_pocket_world(checkpoint) and findings.pocket_detector != PINNED_POCKET_DETECTOR:
        return findings.pocket_detector or "none"
    return None


def _said(prompt: str, tree: Prompt, steps: int) -> list[str]:
    """A prompt as it is written and, where that reads otherwise, as it is drawn."""
    drawn = without_repetition(drawn_texts(tree, steps))
    as_written = len(drawn) == 1 and words_of(normalise(drawn[0])) == words_of(normalise(prompt))
    return [prompt] if as_written else [prompt, *drawn]


def _read(*texts: str) -> Readings:
    return _INNOCENT.taken_out(readings("\n".join(texts)))


def _sexual_about_minors(wanted: Readings, unwanted: Readings) -> str | None:
    """Give the word for minors in a sexual prompt, or the word for adults that it steers away from."""
    sexual = _SEXUAL.find(wanted)
    if (sexual or _SUGGESTIVE.find(wanted)) and (minors := _names_minors(wanted)):
        return minors
    return _ADULTS.find(unwanted) if sexual else None


def _names_minors(wanted: Readings) -> str | None:
    return _MINORS.find(wanted) or find_age_under_18(wanted)


def _quoted(matched: str) -> str:
    return f"\u201c{matched}\u201d"


def _verdict(action: Action, rule: str, matched: str, explanation: str) -> Verdict:
    if action is Action.ALLOW:
        return Verdict()
    return Verdict(verdict=action, reasons=(Reason(rule=rule, matched=matched, explanation=explanation),))
