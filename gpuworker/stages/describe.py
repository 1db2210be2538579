"""Words from pictures: what CLIP finds in one, and a prompt for more of its kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch

from gpuworker.stages.bench import Bench, JobFailed, clip_of
from gpuworker.stages.fetch import fetch, opened, refuse_blocked
from gpuworker.stages.review import detector_of
from moderation.judge import judge_prompt
from moderation.said import Said
from moderation.told import Told
from storage.events import Association, Description
from storage.jobs import Describe, Job

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from gpuworker.models.clip import Clip
    from gpuworker.models.words import Group

_MOST_OF_A_GROUP = 3
_LEAST_SHARE = 0.1
_LEAST_LEAD = 1.5
"""Times the share that every phrase of a group has when none of them fits."""
_CLEAR = 0.8
"""The share of its group from which a phrase is in the prompt, whatever the prompt's agreement.

Agreement alone leaves out of every third prompt of the pocket world where it is: a text that names only what
fills the picture often agrees best.
"""
_TRIED = 4
"""Phrases of each group that may go into the prompt."""
_LEAST_GAIN = 0.005
_SECONDS = 10.0
"""After which a prompt is not made longer: a large text tower on a CPU takes its time."""

Allowed = Callable[[str], bool]


def describe(job: Job, bench: Bench) -> Description:
    """Say what the job's picture shows. Raises JobFailed, also when the policy lets nobody see it."""
    assert isinstance(job.task, Describe)
    clip, groups = clip_of(bench, "described"), bench.words.groups
    picture = opened(fetch(bench, job.task.image)).convert("RGB")
    vector = looked_at(picture, job, bench)

    def allowed(words: str) -> bool:
        return not judge_prompt(words, "", job.policy).blocked

    words = [word for group in groups for word in telling(vector, group, clip.scale, allowed)]
    words.sort(key=lambda word: word.agreement, reverse=True)
    prompt = compose(vector, groups, clip, allowed)
    if not prompt:
        raise JobFailed(Told("I find no words for this picture that may be said here."))
    return Description(words=tuple(words), prompt=prompt, size=picture.size)


def looked_at(picture: Image.Image, job: Job, bench: Bench) -> Tensor:
    """Give CLIP's unit vector (width,) of an RGB picture that something is to be said of.

    Raises JobFailed where the policy lets nobody see it, whatever words it has, or as what it looks like.
    """
    clip = clip_of(bench, "described")
    findings = detector_of(bench).find(picture, job.checkpoint)
    refuse = partial(refuse_blocked, findings, job.policy, checkpoint=job.checkpoint)
    refuse(said=Said("", beside=job.shows))
    vector = clip.pictures([picture])[0]
    looks_like = ", ".join(rank(vector, group)[0].phrase for group in bench.words.groups)
    refuse(said=Said(looks_like, beside=job.shows))
    return vector


def rank(vector: Tensor, group: Group) -> list[Association]:
    """Rank the phrases of a group by their agreement with a picture's unit vector (width,), best first."""
    agreements = group.vectors @ vector
    order = agreements.argsort(descending=True).tolist()
    return [Association(phrase=group.phrases[i], agreement=float(agreements[i])) for i in order]


def shares(vector: Tensor, group: Group, scale: float) -> list[tuple[Association, float]]:
    """Give all phrases of a group, the best first, each with its probability among them.

    That is the softmax of the agreements times the `scale` that the model was trained with: CLIP's
    classification without training (Radford et al., arXiv 2103.00020).
    """
    ranked = rank(vector, group)
    logits = scale * torch.tensor([each.agreement for each in ranked])
    return list(zip(ranked, torch.softmax(logits, 0).tolist(), strict=True))


def telling(vector: Tensor, group: Group, scale: float, allowed: Allowed) -> list[Association]:
    """Give the few phrases that stand out of their group, if any."""
    least = max(_LEAST_SHARE, _LEAST_LEAD / len(group.phrases))
    found = [each for each, share in shares(vector, group, scale) if share >= least]
    return [each for each in found[:_MOST_OF_A_GROUP] if allowed(each.phrase)]


def compose(vector: Tensor, groups: Sequence[Group], clip: Clip, allowed: Allowed) -> str:
    """Put a prompt together: what the picture is of, what is clear, and then what raises the agreement most.

    Every group gives one phrase at most, and one that has nothing to add is not asked again: so there are
    few texts to compare, however large the vocabulary. Empty when nothing is allowed.
    """
    give_up = time.monotonic() + _SECONDS
    first, *others = groups
    prompt = next((each.phrase for each in rank(vector, first)[:_TRIED] if allowed(each.phrase)), "")
    rest = []
    for group in others:
        best, share = shares(vector, group, clip.scale)[0]
        if share >= _CLEAR and allowed(longer := _longer(prompt, best.phrase)):
            prompt = longer
        else:
            rest.append(group)
    agreement = float(clip.texts([prompt])[0] @ vector) if prompt else -1.0
    while time.monotonic() < give_up:
        tries = [
            (group, longer)
            for group in rest
            for each in rank(vector, group)[:_TRIED]
            if (longer := _longer(prompt, each.phrase)) != prompt and allowed(longer)
        ]
        if not tries:
            break
        agreements = (clip.texts([longer for _, longer in tries]) @ vector).tolist()
        most = max(agreements)
        if most < agreement + _LEAST_GAIN:
            break
        chosen, prompt = tries[agreements.index(most)]
        helpful = [group for (group, _), each in zip(tries, agreements, strict=True) if each > agreement]
        rest = [group for group in rest if group in helpful and group is not chosen]
        agreement = most
    return prompt


def clear_words(vector: Tensor, groups: Sequence[Group], scale: float, allowed: Allowed) -> str:
    """Say what is clear about a picture and allowed: at most a phrase of each group; perhaps nothing."""
    words = ""
    for group in groups:
        best, share = shares(vector, group, scale)[0]
        if share >= _CLEAR and allowed(longer := _longer(words, best.phrase)):
            words = longer
    return words


def _longer(prompt: str, phrase: str) -> str:
    return prompt if phrase in prompt else f"{prompt}, {phrase}".removeprefix(", ")
