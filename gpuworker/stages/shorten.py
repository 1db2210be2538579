"""Which words of a prompt matter, measured by leaving them out, and the prompt without the others.

What is measured is how far CLIP's text tower moves: checkpoints of Stable Diffusion are told things by such a
tower, so words that move it are words that they can hear. Their own predictions with and without each word
would say the same of one picture, at the price of a pass a word and step, and of the noise that was drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from gpuworker.stages.bench import Bench, clip_of
from gpuworker.stages.ranking import wanted
from storage.events import Association, Description
from storage.jobs import Job, Shorten
from storage.plain_task import USUAL_SIDE
from tasks.shorten import may_go, pieces_of, put_together

if TYPE_CHECKING:
    from torch import Tensor

    from gpuworker.models.clip import Clip

_STILL_THE_SAME = 0.95
"""The cosine to the whole prompt down to which words are left out.

To the pocket CLIP the words for what is to be seen matter 0.08 to 0.3, and all others below 0.002.
"""
_ROUNDS = 3


def shorten(job: Job, bench: Bench) -> Description:
    """Say of each piece of the job's prompt how much it matters. Raises JobFailed without a CLIP."""
    assert isinstance(job.task, Shorten)
    clip, pieces = clip_of(bench, "described"), pieces_of(job.task.prompt)
    words, kept = list[Association](), list[str]()
    for some in _readable(pieces, clip):
        words += [
            Association(phrase=piece, agreement=effect)
            for piece, effect in zip(some, effects(some, job.task.steps, clip), strict=True)
        ]
        kept += without_idle(some, job.task.steps, clip)
    return Description(words=tuple(words), prompt=put_together(kept), size=(USUAL_SIDE, USUAL_SIDE))


def _readable(pieces: Sequence[str], clip: Clip) -> list[list[str]]:
    """Part a prompt into as few portions as CLIP reads to their ends."""
    portions: list[list[str]] = [[]]
    for piece in pieces:
        if portions[-1] and not clip.reads(put_together([*portions[-1], piece])):
            portions.append([])
        portions[-1].append(piece)
    return portions


def effects(pieces: Sequence[str], steps: int, clip: Clip) -> list[float]:
    """Give how far a prompt moves in CLIP's space without each of its pieces: 1 less the cosine."""
    whole, *others = _encoded([pieces, *_each_without(pieces)], steps, clip)
    return [max(0.0, 1 - float(whole @ other)) for other in others]


def without_idle(pieces: Sequence[str], steps: int, clip: Clip) -> list[str]:
    """Leave out as many pieces as can go before a prompt says something else, those first that matter least.

    What is left is measured anew, and again: of words that say the same each matters little while the others
    are there.
    """
    whole, left = _encoded([pieces], steps, clip)[0], list(pieces)
    for _ in range(_ROUNDS):
        effect = effects(left, steps, clip)
        idle = sorted((place for place, piece in enumerate(left) if may_go(piece)), key=effect.__getitem__)
        tries = [
            [piece for place, piece in enumerate(left) if place not in idle[:gone]]
            for gone in range(len(idle) + 1)
        ]
        tries = [each for each in tries if each]
        agreements = (_encoded(tries, steps, clip) @ whole).tolist()
        same = [tried for tried, each in zip(tries, agreements, strict=True) if each >= _STILL_THE_SAME]
        shortest = min(same, key=len, default=left)
        if len(shortest) == len(left):
            break
        left = shortest
    return left


def _each_without(pieces: Sequence[str]) -> list[list[str]]:
    return [[*pieces[:place], *pieces[place + 1 :]] for place in range(len(pieces))]


def _encoded(prompts: Sequence[Sequence[str]], steps: int, clip: Clip) -> Tensor:
    """Encode prompts in pieces as unit vectors (N, width): the mean where several branches are composed."""
    texts = [wanted(put_together(pieces), steps) for pieces in prompts]
    vectors = iter(clip.texts([text for branches in texts for text in branches]))
    means = [torch.stack([next(vectors) for _ in branches]).mean(0) for branches in texts]
    return F.normalize(torch.stack(means), dim=-1)
