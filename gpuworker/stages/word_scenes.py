"""Pictures that show what a trained word means: in other surroundings than it was learned in."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from itertools import islice
from typing import TypeAlias

from PIL import Image

from gpuworker.engine.request import Request
from gpuworker.stages.bench import Bench, JobCancelled
from gpuworker.stages.examples import AROUND, Seen
from gpuworker.stages.learned import Brought, called_in_prompts
from gpuworker.training.turn import LOOK_SECONDS
from moderation.judge import judge_prompt
from storage.jobs import Job
from storage.noise import Noise
from storage.plain_task import MAX_PICTURES
from storage.training import Subject, Train
from tasks.presets import Imagination, Quality
from tasks.size import size_like

Drawn: TypeAlias = tuple[Image.Image, Request]
"""A picture, and what the engine was asked for."""


def scenes_of(job: Job, bench: Bench, seen: Seen, name: str) -> list[str]:
    """Give prompts that show the word: a thing in surroundings of which no caption speaks, a style of things.

    The phrases are those of the worker's CLIP, as far as the policy lets them be said. `name` is what the
    checkpoint would call the thing, which stands beside a LoRA.
    """
    task, groups = job.task, bench.words.groups
    assert isinstance(task, Train)
    is_style = task.subject is Subject.STYLE
    group = groups[0] if is_style else next((each for each in groups if each.name in AROUND), groups[-1])
    word, end = called_in_prompts(task, name)
    said = {
        Subject.STYLE: "{phrase}" if end else "{phrase}, in the style of {word}",
        Subject.OBJECT: "a {word} {phrase}",
        Subject.CHARACTER: "{word} {phrase}",
    }[task.subject] + (" " + end).rstrip()
    prompts = (
        said.format(word=word, phrase=phrase)
        for phrase in _apart(group.phrases)
        if not any(phrase in caption for caption in seen.captions)
    )
    allowed = (each for each in prompts if not judge_prompt(each, "", job.policy).blocked)
    found = list(islice(allowed, MAX_PICTURES))
    plain = f"{word} {end}".strip() if not is_style else f"a picture {end or f'in the style of {word}'}"
    return (found + [plain] * MAX_PICTURES)[:MAX_PICTURES]


def _apart(phrases: tuple[str, ...]) -> list[str]:
    """Order phrases so that the first few are far apart in the list, where neighbours are much alike."""
    stride = max(1, len(phrases) // MAX_PICTURES)
    return [phrase for first in range(stride) for phrase in phrases[first::stride]]


def request_of(job: Job, bench: Bench, prompt: str, seed: int, carried: Brought) -> Callable[..., Request]:
    """Give what makes a request for a picture with the word, of the checkpoint's usual settings."""
    described = bench.checkpoints.describe(job.checkpoint)
    effort = Quality.STANDARD.effort_with(described.usual)
    width, height = size_like(1, 1, described.side)

    def make(steps: int = effort.steps) -> Request:
        return Request(
            checkpoint=job.checkpoint,
            prompt=prompt,
            negative_prompt="",
            width=width,
            height=height,
            steps=min(steps, effort.steps),
            sampler=effort.sampler,
            guidance_scale=Imagination.BALANCED.guidance_with(described.usual),
            noise=Noise(seed=seed),
            embeddings=carried.embeddings,
            loras=carried.loras,
            share=job.share,
        )

    return make


def drawn(job: Job, task: Train, bench: Bench, scenes: list[str], carried: Brought) -> list[Drawn]:
    """Draw the scenes with the word that requests carry, and give each picture with its request.

    Raises JobCancelled and EngineStopped.
    """
    requests = [
        request_of(job, bench, scene, (task.seed + place) % 2**32, carried)()
        for place, scene in enumerate(scenes)
    ]
    return list(
        zip(_awaited([bench.engine.submit(each) for each in requests], job, bench), requests, strict=True)
    )


def _awaited(futures: list[Future[Image.Image]], job: Job, bench: Bench) -> list[Image.Image]:
    try:
        while not all(future.done() for future in futures):
            if bench.is_cancelled(job.id):
                raise JobCancelled
            time.sleep(LOOK_SECONDS / 5)
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()
