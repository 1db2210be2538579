"""Judgement: ask each rule about a prompt or a picture, and join the answers into a verdict."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from moderation.findings import Findings
from moderation.names.listing import load_own
from moderation.pinned_onnx import DetectorError
from moderation.policy import SFW, Policy
from moderation.prompt_language.schedule import USUAL_STEPS
from moderation.rules import (
    detector,
    gore,
    known_faces,
    lettering,
    malformed,
    minors,
    names,
    nudity,
    real_people,
    sexual,
    suggestive,
)
from moderation.said import Said
from moderation.seen import NOTHING, KnownFace, Seen, Written
from moderation.verdict import Verdict, most_severe

_OF_PROMPTS = (
    malformed.of_prompt,
    minors.of_prompt,
    real_people.of_prompt,
    sexual.of_prompt,
    suggestive.of_prompt,
    gore.of_prompt,
    names.of_prompt,
)
_OF_PICTURES = (
    detector.of_picture,
    minors.of_picture,
    real_people.of_picture,
    known_faces.of_picture,
    lettering.of_picture,
    nudity.of_picture,
)


_NOTHING_SAID = Said("")


def read_lists() -> None:
    """Read the rules' lists of words and names, which takes a second that nobody should wait for later.

    What is wrong with them stops whoever judges.
    """
    with suppress(DetectorError):
        judge_prompt("a picture", "", SFW)


def take_names(place: Path | None) -> None:
    """Look in this process for the names of a list, or folder of lists, of an operator's own.

    Raises ListError, with a sentence that says what is wrong with them: whoever would judge without them must
    not go on.
    """
    names.look_also_for(load_own(place) if place else ())


def judge_prompt(
    prompt: str,
    negative_prompt: str,
    policy: Policy,
    *,
    steps: int = USUAL_STEPS,
    beside: Iterable[str] = (),
    cleared: Collection[str] = (),
) -> Verdict:
    """Judge what a member asks for, before it becomes a job of that many steps.

    `beside` are the other texts that say what the picture shall show, such as the words of a mask: they are
    judged with the prompt as one whole. `cleared` are the keys of reasons that are known to be mistaken about
    exactly these words, because a second judge or a moderator said so.
    """
    said = Said(prompt, negative_prompt, steps, tuple(beside))
    answers = (rule(said, policy) for rule in _OF_PROMPTS)
    return _joined(answer.without(cleared) for answer in answers)


def judge_picture(
    findings: Findings,
    policy: Policy,
    said: Said = _NOTHING_SAID,
    *,
    checkpoint: str = "",
    known: tuple[KnownFace, ...] = (),
    written: Written = NOTHING,
    of_somebody: bool = False,
    by_all_rules: bool = False,
) -> Verdict:
    """Judge what the detectors saw in a picture that `checkpoint` made from what was `said`.

    `known` are the faces of a gallery that are recognised in it, and `written` is what can be read in it;
    `of_somebody` says that it began with a picture of somebody's face that was not made here. No
    rule blames the member for a picture: a prompt that asked for such a picture was refused earlier. Judged
    `by_all_rules`, it has the reasons of each that blocks it, not only of the first.
    """
    seen = Seen(findings, said, checkpoint, known, written, of_somebody)
    answers = (rule(seen, policy) for rule in _OF_PICTURES)
    return most_severe(answers) if by_all_rules else _joined(answers)


def judge_words_of_somebody(prompt: str, negative_prompt: str, beside: Iterable[str] = ()) -> Verdict:
    """Judge by the floor what is asked for beside a picture of somebody's face that was not made here."""
    return real_people.of_somebody(Said(prompt, negative_prompt, beside=tuple(beside)))


def judge_writing(written: Written, policy: Policy, beside: Iterable[str] = ()) -> Verdict:
    """Judge what is written in a picture that a member hands in, and with it the texts `beside` it."""
    return lettering.of_writing(written, Said("", beside=tuple(beside)), policy)


def _joined(answers: Iterable[Verdict]) -> Verdict:
    """Join the answers up to the first that blocks: one reason is enough for a refusal."""
    heard = []
    for answer in answers:
        heard.append(answer)
        if answer.blocked:
            break
    return most_severe(heard)
