"""Follows the pictures of one job through the engine: tells how far they are, and stops them on request."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait

from PIL import Image

from gpuworker.engine.request import StepDone
from gpuworker.stages.bench import Bench, JobCancelled
from storage.events import Progress
from storage.queue import JOB_TIMEOUT

TELL_SECONDS = 0.25
"""Between two looks at the job: at most four progress messages a second, and a cancel is seen as soon."""
PREVIEW_WIDTH = 256
_ROUNDING_UP = 60.0
"""Seconds kept for review and storing after the last step, within the job's time."""


def deadline() -> float:
    """When the engine has to be done with a job that begins now, on the clock of `time.monotonic()`."""
    return time.monotonic() + JOB_TIMEOUT - _ROUNDING_UP


class Follower:
    """Notes each picture's steps on the engine's thread, and tells of them all on the seat's.

    `steps` are those of each of the `pictures`, in all its rounds. If those are only parts of what is made,
    `shown`, a JPEG, is told of instead of them.
    """

    def __init__(
        self, job_id: str, pictures: int, steps: int, bench: Bench, shown: bytes | None = None
    ) -> None:
        self._job_id = job_id
        self._shown = shown
        self._bench = bench
        self._all_steps = pictures * steps
        self._steps = [0] * pictures
        self._previews: list[Image.Image | None] = [None] * pictures
        self._preview_due = [0.0] * pictures

    def noting(self, index: int, number: int = 0) -> Callable[[StepDone], None]:
        """Make the engine's callback for the picture at `index`, in the round of that number."""

        def note(done: StepDone) -> None:
            self._steps[index] = number * done.steps + done.step
            now = time.monotonic()
            if self._shown is None and now >= self._preview_due[index]:
                self._preview_due[index] = now + TELL_SECONDS
                self._previews[index] = done.preview()

        return note

    def await_all(self, futures: list[Future[Image.Image]]) -> list[Image.Image]:
        """Wait for all pictures. Raises what the first failed one raised, or JobCancelled.

        Whatever the end, no picture of the job is left in the engine.
        """
        try:
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
        if self._bench.is_cancelled(self._job_id):
            raise JobCancelled
        self._bench.tell(
            Progress(
                job_id=self._job_id,
                step=sum(self._steps),
                steps=self._all_steps,
                preview=self._shown or side_by_side(self._previews),
            )
        )


def side_by_side(pictures: Sequence[Image.Image | None]) -> bytes | None:
    """Lay previews out as the final grid will be (four as 2x2), in a JPEG that is 256 px wide.

    A place whose preview has not come yet stays black; None if none has.
    """
    seen = next((picture for picture in pictures if picture is not None), None)
    if seen is None:
        return None
    columns = math.ceil(math.sqrt(len(pictures)))
    width = PREVIEW_WIDTH // columns
    height = max(1, width * seen.height // seen.width)
    sheet = Image.new("RGB", (width * columns, height * math.ceil(len(pictures) / columns)))
    for index, picture in enumerate(pictures):
        if picture is not None:
            place = (index % columns * width, index // columns * height)
            sheet.paste(picture.convert("RGB").resize((width, height), Image.Resampling.BICUBIC), place)
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=70)
    return file.getvalue()
