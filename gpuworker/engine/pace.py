"""How far the engine runs ahead of a GPU."""

from __future__ import annotations

import logging
from collections import deque

import torch

log = logging.getLogger(__name__)

STEPS_AHEAD = 1
"""Steps that are queued on the GPU while it makes another one.

With none it would idle while the next one is prepared. With many, who joins or cancels would be heard late,
and steps would seem to take no time.
"""


class Pace:
    """Waits for the step before the last one, so that the GPU always has one to go on with.

    A CPU is done with a step when the call returns, and needs no pace.
    """

    def __init__(self, device: torch.device) -> None:
        self._has_events = device.type == "cuda" and torch.cuda.is_available()
        self._queued: deque[torch.cuda.Event] = deque()

    def keep(self) -> None:
        """Count what has been queued as a step, and wait until no more than `STEPS_AHEAD` are to be begun."""
        if not self._has_events:
            return
        try:
            event = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
            event.record()
        except RuntimeError as error:
            log.warning("The GPU marks no events (%s): the engine goes on without a pace.", error)
            self._has_events = False
            return
        self._queued.append(event)
        while len(self._queued) > STEPS_AHEAD:
            self._queued.popleft().synchronize()
