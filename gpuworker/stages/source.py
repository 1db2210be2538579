"""The picture that a job starts from: fetched, judged, and handed to the stage of its kind of start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from PIL import Image

from gpuworker.stages import blend, edit, faces, head_room, mask, outpaint, whole, word_mask
from gpuworker.stages.bench import Bench
from gpuworker.stages.fetch import fetch, opened, refuse_blocked
from gpuworker.stages.pieces import Source
from moderation.pictures import Detector
from storage.jobs import Imagine, Job
from storage.starts import Blend, Edit, Faces, HeadRoom, Mask, Outpaint, Start, Whole, WordMask

Stage: TypeAlias = Callable[[Image.Image, Any, Imagine, Bench], Source]
"""Says which pieces of an RGB picture are painted for a start of its kind. Raises JobFailed if that fails."""

STAGES: Mapping[type[Start], Stage] = {
    Whole: whole.source,
    Blend: blend.source,
    Mask: mask.source,
    WordMask: word_mask.source,
    Outpaint: outpaint.source,
    HeadRoom: head_room.source,
    Faces: faces.source,
    Edit: edit.source,
}


def fetch_source(job: Job, task: Imagine, bench: Bench, detector: Detector) -> Source:
    """Give the picture that the task starts from, if there is one, and what of it is painted.

    Raises JobFailed when it is gone, when the policy does not let it be shown, when it does not show what
    shall change, or when it cannot grow as it should.
    """
    start = task.start
    if start is None:
        return Source()
    pictures = [opened(fetch(bench, blob)).convert("RGB") for blob in start.pictures]
    for picture in pictures:
        findings = detector.find(picture, job.checkpoint)
        refuse_blocked(findings, job.policy, job.said_of(task), job.checkpoint)
    return STAGES[type(start)](pictures[0], start, task, bench)
