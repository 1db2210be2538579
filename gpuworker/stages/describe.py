"""Words from pictures: what CLIP finds in one, and a prompt for more of its kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch

from gpuworker.stages.bench import Bench, JobFailed, clip_of
from gpuworker.stages.review import detector_of
from gpuworker.stages.source import fetch, opened, refuse_blocked
from moderation.judge import judge_prompt
from storage.events import Association, Description
from storage.jobs import Describe, Job

if TYPE_CHECKING:
    from torch import Tensor

    from gpuworker.models.clip import Clip
    from gpuworker.models.words import Group

_MOST_OF_A_GROUP = 3
_LEAST_SHARE = 0.1
_LEAST_LEAD = 1.5
"""Times the share that every phrase of a group has when none of them fits."""
_TRIED = 4
"""Phrases of each group that may go into the prompt."""
_LEAST_GAIN = 0.005
_SECONDS = 10.0
"""After which a prompt is not made longer: a large text tower on a CPU takes its time."""

Allowed = Callable[[str], bool]


def describe(job: Job, bench: Bench) -> Description:
    """Say what the job's picture shows. Raises JobFailed, also when the policy lets nobody see it."""
    task, detector = job.task, detector_of(bench)
    assert isinstance(task, Describe)
    clip = clip_of(bench, "described")
    picture = opened(fetch(bench, task.image)).convert("RGB")
    findings = detector.find(picture, job.checkpoint)
    refuse = partial(refuse_blocked, findings, job.policy, checkpoint=job.checkpoint)
    refuse(prompt="")
    vector = clip.pictures([picture])[0]
    groups = bench.words.groups
    refuse(prompt=", ".join(rank(vector, group)[0].phrase for group in groups))

    def allowed(words: str) -> bool:
        return not judge_prompt(words, "", job.policy).blocked

    words = [word for group in groups for word in telling(vector, group, clip.scale, allowed)]
    words.sort(key=lambda word: word.agreement, reverse=True)
    prompt = compose(vector, groups, clip, allowed)
    if not prompt:
        raise JobFailed("I find no words for this picture that may be said here.")
    return Description(words=tuple(words), prompt=prompt, size=picture.size)


def rank(vector: Tensor, group: Group) -> list[Association]:
    """All phrases of a group by their agreement with a picture's unit vector (width,), the best first."""
    agreements = group.vectors @ vector
    order = agreements.argsort(descending=True).tolist()
    return [Association(phrase=group.phrases[i], agreement=float(agreements[i])) for i in order]


def telling(vector: Tensor, group: Group, scale: float, allowed: Allowed) -> Iterator[Association]:
    """The few phrases that stand out of their group, if any: CLIP's classification without training.

    Each phrase's share is its probability among the group, the softmax of the agreements times the `scale`
    that the model was trained with (Radford et al., arXiv 2103.00020).
    """
    ranked = rank(vector, group)
    shares = torch.softmax(scale * torch.tensor([each.agreement for each in ranked]), 0).tolist()
    least = max(_LEAST_SHARE, _LEAST_LEAD / len(ranked))
    found = [each for each, share in zip(ranked, shares, strict=True) if share >= least]
    return (each for each in found[:_MOST_OF_A_GROUP] if allowed(each.phrase))


def compose(vector: Tensor, groups: Sequence[Group], clip: Clip, allowed: Allowed) -> str:
    """Put a prompt together: what the picture is of, then whatever raises the agreement of the whole most.

    Every group gives one phrase at most, and one that has nothing to add is not asked again: so there are
    few texts to compare, however large the vocabulary. Empty when nothing is allowed.
    """
    give_up = time.monotonic() + _SECONDS
    subjects, *rest = (
        [each for each in rank(vector, group)[:_TRIED] if allowed(each.phrase)] for group in groups
    )
    prompt, agreement = (subjects[0].phrase, subjects[0].agreement) if subjects else ("", -1.0)
    while time.monotonic() < give_up:
        tries = [
            (group, longer)
            for group in rest
            for each in group
            if each.phrase not in prompt and allowed(longer := f"{prompt}, {each.phrase}".removeprefix(", "))
        ]
        if not tries:
            break
        agreements = (clip.texts([longer for _, longer in tries]) @ vector).tolist()
        best = max(agreements)
        if best < agreement + _LEAST_GAIN:
            break
        chosen, prompt = tries[agreements.index(best)]
        helpful = [group for (group, _), each in zip(tries, agreements, strict=True) if each > agreement]
        rest = [group for group in rest if group in helpful and group is not chosen]
        agreement = best
    return prompt
