"""Several pictures blended into one: their latents joined as a start, under words for each of them.

Nothing here was trained to be told things by pictures (IP-Adapter, Ye et al., arXiv 2308.06721), so words do
it, in which CLIP says what is to be seen in each, and the pictures themselves say where and in which light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from gpuworker.stages.bench import Bench, JobFailed, clip_of
from gpuworker.stages.describe import compose, looked_at
from gpuworker.stages.fetch import fetch, opened
from gpuworker.stages.pieces import Source
from moderation.judge import judge_prompt
from moderation.told import Told
from storage.jobs import Imagine, Job
from storage.starts import Blend

if TYPE_CHECKING:
    from collections.abc import Callable


def source(picture: Image.Image, start: Blend, task: Imagine, bench: Bench) -> Source:
    """Cut an RGB picture and the others to the task's shape."""
    others = [opened(fetch(bench, each)).convert("RGB") for each in start.others]
    first, *rest = (
        ImageOps.fit(each, (task.width, task.height), Image.Resampling.LANCZOS) for each in (picture, *others)
    )
    return Source(first, start.strength, others=tuple(rest))


def worded(task: Imagine, job: Job, bench: Bench) -> Imagine:
    """Give a task that has words: those for the pictures that it blends, if it has none.

    What is found is judged as one whole: a picture gets other words where the first ones would not pass
    beside those of the others. Raises JobFailed, also where the policy lets nobody see one of the pictures.
    """
    if task.prompt or not isinstance(task.start, Blend):
        return task
    clip, prompt = clip_of(bench, "described"), ""
    for blob in task.start.pictures:
        vector = looked_at(opened(fetch(bench, blob)).convert("RGB"), job, bench)
        prompt = _joined(prompt, compose(vector, bench.words.groups, clip, _allowed_after(prompt, job)))
    if not prompt:
        raise JobFailed(Told("I find no words for these pictures that may be said here: please add some."))
    return task.model_copy(update={"prompt": prompt})


def _allowed_after(said: str, job: Job) -> Callable[[str], bool]:
    return lambda words: not judge_prompt(_joined(said, words), "", job.policy).blocked


def _joined(said: str, words: str) -> str:
    return f"{said} and {words}" if said and words else said or words
