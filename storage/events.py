"""What a worker tells while it works (progress, lossy) and when it is done (results, durable)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Base64Bytes, Field

from moderation.findings import Findings
from moderation.verdict import Verdict
from storage.jobs import Frozen, JobId
from storage.recipe import Recipe


class Progress(Frozen):
    """How far a job is: `step` of `steps` over all its pictures; `preview` is a small JPEG of them side by side."""

    job_id: JobId
    step: int
    steps: int
    preview: Base64Bytes | None = None


class Picture(Frozen):
    """One picture that a job made.

    `blob` is the SHA-256 under which the PNG is stored, or None when the verdict kept it from leaving the worker.
    """

    blob: str | None
    recipe: Recipe
    findings: Findings
    verdict: Verdict


class Finished(Frozen):
    """The job is done; `pictures` stand in the order of the job's noises. `seconds` is the time in the worker."""

    kind: Literal["finished"] = "finished"
    job_id: JobId
    pictures: tuple[Picture, ...]
    seconds: float


class Failed(Frozen):
    """The job could not be done; `message` is a sentence for the member."""

    kind: Literal["failed"] = "failed"
    job_id: JobId
    message: str


class Cancelled(Frozen):
    """The job was stopped because its member or a moderator asked for it."""

    kind: Literal["cancelled"] = "cancelled"
    job_id: JobId


Result = Annotated[Finished | Failed | Cancelled, Field(discriminator="kind")]
