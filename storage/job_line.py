"""What the log says of a job that is over: one line, the same from the worker and from the bot."""

from __future__ import annotations

from collections import Counter

from storage.events import Cancelled, Failed, Finished, Result
from storage.jobs import Job
from storage.recipe import AnyRecipe, Upscaled


def job_line(job: Job, result: Result) -> str:
    """Say what was asked for, how it ended and after how long, and what was kept back and why.

    Members' own words are not in it: logs are read by others.
    """
    asked = f"{job.task.kind} with {job.checkpoint}"
    match result:
        case Cancelled():
            return f"{asked}: cancelled"
        case Failed():
            return f"{asked}: failed: {result.message}"
        case Finished():
            return f"{asked}: {', '.join((*_made(result), f'{result.seconds:.1f} s'))}{_kept_back(result)}"


def _made(result: Finished) -> list[str]:
    """Count the pictures of each size."""
    sizes = Counter(_size(each.recipe) for each in result.pictures)
    return [f"{count} {size}" for size, count in sizes.items()]


def _size(recipe: AnyRecipe) -> str:
    if isinstance(recipe, Upscaled):
        return f"enlarged {recipe.factor} times"
    return f"of {recipe.width}x{recipe.height}"


def _kept_back(result: Finished) -> str:
    blocked = [picture.verdict for picture in result.pictures if picture.verdict.blocked]
    if not blocked:
        return ""
    rules = sorted({reason.rule for verdict in blocked for reason in verdict.reasons})
    return f", {len(blocked)} kept back ({', '.join(rules)})"
