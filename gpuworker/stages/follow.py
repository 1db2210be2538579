"""Follows the pictures of one job through the engine: tells how far they are, and stops them on request."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait

from PIL import Image

from gpuworker.engine.request import StepDone
from gpuworker.stages.bench import Bench, JobCancelled
from moderation.gallery import NOBODY
from moderation.preview import as_jpeg, columns_of, preview_for
from storage.events import Progress
from storage.jobs import Describe, Job, Shorten
from storage.queue import JOB_TIMEOUT
from storage.training import Train

TELL_SECONDS = 0.25
"""Between two looks at the job: at most four progress messages a second, and a cancel is seen as soon."""
PREVIEW_SECONDS = 1.5
"""Before the first preview, and between two: detectors look at each, and Discord takes no more of them."""
PREVIEW_WIDTH = 256
_ROUNDING_UP = 60.0
"""Seconds reserved for review and storing after the last step, within the job's time."""


def deadline() -> float:
    """Say when the engine must be done with a job that begins now, on the clock of `time.monotonic()`."""
    return time.monotonic() + JOB_TIMEOUT - _ROUNDING_UP


class Follower:
    """Notes each picture's steps on the engine's thread, and tells of them all on the seat's.

    `steps` are those of each of the `pictures`, in all its rounds. If those are only parts of what is made,
    `shown` is told of instead of them. `again` says that they are made another time.
    """

    def __init__(
        self,
        job: Job,
        pictures: int,
        steps: int,
        bench: Bench,
        shown: Image.Image | None = None,
        again: bool = False,
    ) -> None:
        self._job = job
        self._shown = shown
        self._again = again
        self._bench = bench
        self._all_steps = pictures * steps
        self._steps = [0] * pictures
        self._previews: list[Image.Image | None] = [None] * pictures
        # What is done sooner is shown as soon as its preview would be.
        self._next_preview = time.monotonic() + PREVIEW_SECONDS
        self._preview_due = [self._next_preview - PREVIEW_SECONDS / 2] * pictures

    def begin_with(self, picture: Image.Image) -> None:
        """Show a picture before the first step."""
        sheet = side_by_side([picture])
        assert sheet is not None
        self._bench.tell(
            Progress(
                job_id=self._job.id,
                reply_to=self._job.reply_to,
                step=0,
                steps=self._all_steps,
                preview=self._allowed(sheet, 1),
            )
        )

    def noting(self, index: int, number: int = 0) -> Callable[[StepDone], None]:
        """Make the engine's callback for the picture at `index`, in the round of that number."""

        def note(done: StepDone) -> None:
            self._steps[index] = number * done.steps + done.step
            now = time.monotonic()
            if self._shown is None and now >= self._preview_due[index]:
                self._preview_due[index] = now + PREVIEW_SECONDS / 2
                self._previews[index] = done.preview()

        return note

    def await_all(self, futures: list[Future[Image.Image]]) -> list[Image.Image]:
        """Wait for all pictures. Raises what the first failed one raised, or JobCancelled.

        Whatever the end, no picture of the job is left in the engine.
        """
        try:
            with self._bench.look_time.shared():
                while True:
                    waiting = wait(futures, timeout=TELL_SECONDS, return_when=FIRST_EXCEPTION).not_done
                    for future in futures:
                        if future not in waiting and (error := future.exception()) is not None:
                            raise error
                    if not waiting:
                        return [future.result() for future in futures]
                    self.look()
        finally:
            for future in futures:
                future.cancel()

    def look(self) -> None:
        """Tell how far the pictures are. Raises JobCancelled when nobody wants them any more."""
        if self._bench.is_cancelled(self._job.id):
            raise JobCancelled
        self._bench.tell(
            Progress(
                job_id=self._job.id,
                reply_to=self._job.reply_to,
                step=sum(self._steps),
                steps=self._all_steps,
                again=self._again,
                preview=self._preview(),
            )
        )

    def _preview(self) -> bytes | None:
        """Give a JPEG of what may be seen so far; None if that is nothing, or nothing new is due."""
        now = time.monotonic()
        if now < self._next_preview or self._bench.detector is None:
            return None
        sheet = side_by_side([self._shown] if self._shown else self._previews)
        if sheet is None:
            return None
        allowed = self._allowed(sheet, 1 if self._shown else len(self._previews))
        took = time.monotonic() - now
        self._next_preview = now + max(PREVIEW_SECONDS, self._bench.look_time.pause(took))
        return allowed

    def _allowed(self, sheet: Image.Image, pictures: int) -> bytes | None:
        """Give a JPEG of what the policy lets be seen of a sheet of so many pictures; None for nothing."""
        if self._bench.detector is None or self._job.for_review:
            return None
        task = self._job.task
        assert not isinstance(task, Describe | Shorten | Train), "they make pictures of their own"
        seen = preview_for(
            sheet,
            pictures,
            self._job.policy,
            self._bench.detector,
            self._job.said_of(task),
            self._job.checkpoint,
            NOBODY,
        )
        return None if seen is None else as_jpeg(seen)


def side_by_side(pictures: Sequence[Image.Image | None]) -> Image.Image | None:
    """Lay previews out as the final grid will be (four as 2x2), 256 pixels wide.

    A place whose preview has not come yet stays black; None if none has.
    """
    seen = next((picture for picture in pictures if picture is not None), None)
    if seen is None:
        return None
    columns = columns_of(len(pictures))
    width = PREVIEW_WIDTH // columns
    height = max(1, width * seen.height // seen.width)
    sheet = Image.new("RGB", (width * columns, height * math.ceil(len(pictures) / columns)))
    for index, picture in enumerate(pictures):
        if picture is not None:
            place = (index % columns * width, index // columns * height)
            sheet.paste(picture.convert("RGB").resize((width, height), Image.Resampling.BICUBIC), place)
    return sheet
