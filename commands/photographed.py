"""People in pictures that were not made here: nothing sexual is made of them, under any policy."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from commands.terminal import fail

if TYPE_CHECKING:
    from moderation.policy import Policy
    from storage.jobs import Task
    from storage.settings import Settings


def held_to_the_floor(settings: Settings, task: Task, policy: Policy) -> Policy:
    """Refuse what makes something sexual of somebody, and give the policy by which the pictures are judged.

    Of somebody's face no nudity is shown, whatever the policy lets through. There are no records here that
    say which pictures were made by Darkroom, so any face counts that a photograph may have. Raises Refused,
    BlobStoreAway.
    """
    from moderation.judge import judge_words_of_somebody
    from moderation.verdict import Action
    from storage.jobs import Imagine, Upscale

    if not isinstance(task, Imagine | Upscale) or not task.sources:
        return policy
    beside = task.beside if isinstance(task, Imagine) else ()
    verdict = judge_words_of_somebody(task.prompt, task.negative_prompt, beside)
    if not (verdict.blocked or policy.is_for_adults) or not _shows_face(settings, task.sources):
        return policy
    if verdict.blocked:
        fail(" ".join(reason.explanation for reason in verdict.reasons))
    return policy.model_copy(update={"nudity": Action.BLOCK})


def _shows_face(settings: Settings, blobs: tuple[str, ...]) -> bool:
    """Say whether a stored picture shows somebody's face; one that cannot be looked at may."""
    from PIL import Image

    from moderation.any_face import shows_face
    from moderation.pinned_onnx import DetectorError
    from storage.blobs import BlobMissing, Blobs

    kept = Blobs.open(settings)
    try:
        for blob in blobs:
            with Image.open(io.BytesIO(kept.get(blob)), formats=("PNG",)) as picture:
                if shows_face(picture):
                    return True
    except (BlobMissing, DetectorError):
        return True
    return False
