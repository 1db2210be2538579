"""What is written in the pictures that a job begins with: read, and judged beside the job's own words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from bot.refusals import PromptRefused
from bot.studio import Studio
from moderation.judge import judge_writing
from moderation.policy import Policy
from storage.jobs import Describe, Task


async def refuse_writing(studio: Studio, task: Task, policy: Policy, shows: Sequence[str]) -> None:
    """Raise PromptRefused, quoting what is written in a picture or mask, if the policy does not allow it.

    The floor joins it with what the task says and with what its pictures were made to show: what a prompt
    leaves out, its picture may say. A picture is read once, and remembered. Raises DetectorError,
    BlobMissing, BlobStoreAway.
    """
    judge = partial(judge_writing, policy=policy, beside=tuple(filter(None, [*_words(task), *shows])))
    for blob in dict.fromkeys(task.sources):
        written = await studio.reviewer.written(blob, studio.blobs.aget)
        verdict = await asyncio.to_thread(judge, written)
        if verdict.blocked:
            raise PromptRefused(*(reason.explanation for reason in verdict.refusing))


def _words(task: Task) -> tuple[str, ...]:
    return () if isinstance(task, Describe) else (task.prompt, *task.beside)
