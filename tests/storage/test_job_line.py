"""The one line of a job in the log."""

from __future__ import annotations

from storage.events import Cancelled, Failed
from storage.job_line import job_line
from tests.conftest import a_job, imagined
from tests.storage.conftest import finished


def test_the_line_says_size_seconds_and_what_was_kept_back_and_why() -> None:
    job = a_job(pictures=3)
    size = f"{imagined(job).width}x{imagined(job).height}"
    assert job_line(job, finished(job)) == f"imagine with pocket: 3 of {size}, 1.5 s"
    assert job_line(job, finished(job, withheld=2)).endswith(f"3 of {size}, 1.5 s, 2 kept back (nudity)")


def test_another_end_is_said_and_members_words_are_not() -> None:
    job = a_job()
    assert job_line(job, Cancelled(job_id=job.id)) == "imagine with pocket: cancelled"
    failed = Failed(job_id=job.id, message="The picture is gone.")
    assert job_line(job, failed) == "imagine with pocket: failed: The picture is gone."
    assert getattr(job.task, "prompt", "") not in job_line(job, finished(job))
