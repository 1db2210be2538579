"""A request, and the future of its picture."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import torch
from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.engine.errors import DeadlineExceeded, Lacking, RenderError
from gpuworker.engine.loras import NamedLoras
from gpuworker.engine.request import Request
from moderation.prompt_language.limits import loras, text_weights
from moderation.prompt_language.parse import parse
from moderation.told import Told

log = logging.getLogger(__name__)


class Ticket:
    """The future stays pending until the picture is done, so `future.cancel()` works at any step before."""

    def __init__(self, request: Request) -> None:
        self.request = request
        prompt = parse(request.prompt)
        self.loras, self.text_weights = loras(prompt), text_weights(prompt)
        self.named: NamedLoras = ()
        """What these LoRAs were when the request came, once somebody has looked them up."""
        self.had = 0.0
        """The work that its member had before it, as the line counts."""
        self.future: Future[Image.Image] = Future()
        self._settled = False

    def settled(self) -> bool:
        """Tell whether nobody waits any more: it was answered, or cancelled, or its deadline passed."""
        if self.future.cancelled():
            self._settle()
        elif self.request.deadline is not None and time.monotonic() >= self.request.deadline:
            self.fail(DeadlineExceeded("The picture was not done in time: try again, or with fewer steps."))
        return self._settled

    def succeed(self, picture: Image.Image) -> None:
        """Hand over the picture, unless the ticket is settled."""
        if self._settle():
            self.future.set_result(picture)

    def fail(self, error: BaseException) -> None:
        """Hand over the error, unless the ticket is settled."""
        if self._settle():
            self.future.set_exception(error)

    def _settle(self) -> bool:
        if self._settled:
            return False
        self._settled = True
        return self.future.set_running_or_notify_cancel()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make whatever fails inside the failure of this ticket and of no other."""
        try:
            yield
        except (RenderError, CheckpointError) as error:
            self.fail(error)
        except torch.OutOfMemoryError:
            size = f"{self.request.width} x {self.request.height}"
            self.fail(
                Lacking(
                    Told(
                        "A picture of {size} does not fit the GPU's memory: choose a smaller size.", size=size
                    )
                )
            )
        except Exception as error:
            log.exception("A picture failed: %s", self.request)
            self.fail(error)
