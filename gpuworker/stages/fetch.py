"""A picture that a job is about: fetched, opened, and refused if it may not be shown."""

from __future__ import annotations

import io

from PIL import Image

from gpuworker.stages.bench import Bench, JobFailed, WorkerFailed
from moderation.findings import Findings
from moderation.judge import judge_picture
from moderation.policy import Policy
from moderation.said import Said
from moderation.told import Told
from storage.blobs import BlobMissing, BlobStoreAway


def fetch(bench: Bench, blob: str) -> bytes:
    """Get a picture that a job works on, as a PNG file. Raises JobFailed when it is gone."""
    try:
        return bench.blobs.get(blob)
    except BlobMissing as error:
        raise JobFailed(Told("The picture is no longer kept: please send it again.")) from error
    except BlobStoreAway as error:
        raise WorkerFailed(
            Told("The picture cannot be fetched, because the picture store is away. Please try again later.")
        ) from error


def opened(png: bytes) -> Image.Image:
    """Open such a file."""
    return Image.open(io.BytesIO(png), formats=("PNG",))


def refuse_blocked(findings: Findings, policy: Policy, said: Said, checkpoint: str) -> None:
    """Raise JobFailed when the policy does not let a picture be shown that was found to be so."""
    if judge_picture(findings, policy, said, checkpoint=checkpoint).blocked:
        raise JobFailed(
            Told(
                "The picture that you gave me seems to show nudity, which I may not work on here. Detectors "
                "err, and nothing is held against you: please try another picture."
            )
        )
