"""What is to be seen in the pictures that a word is about to be trained from."""

from __future__ import annotations

from gpuworker.stages.bench import Bench
from gpuworker.stages.examples import examples_of
from storage.events import Description
from storage.jobs import Job


def caption(job: Job, bench: Bench) -> Description:
    """Caption the pictures, so that their member may correct what is said of them.

    Raises JobFailed for all that a training would fail for: so it is known before anything is charged.
    """
    seen = examples_of(job, bench)
    return Description(words=(), prompt="", size=seen.pictures[0].size, captions=seen.captions)
