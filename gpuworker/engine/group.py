"""The running pictures that share passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from gpuworker.adapters.adapters import NOTHING, AdapterSet
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.loras import NamedLoras
from gpuworker.engine.plan import Plan
from gpuworker.engine.render import Render
from gpuworker.engine.ticket import Ticket
from moderation.prompt_language.limits import LoraSet

GroupKey: TypeAlias = tuple[str, int, int, LoraSet, NamedLoras]


def group_key(ticket: Ticket) -> GroupKey:
    """Give what requests have in common that share passes: checkpoint, width, height and LoRAs.

    LoRAs are the same if they had the same names and the same files when the requests came.
    """
    request = ticket.request
    return request.checkpoint, request.width, request.height, ticket.loras, ticket.named


@dataclass
class Group:
    """The running pictures of one checkpoint, size and set of LoRAs: they share passes, as planned.

    The group holds its checkpoint and its LoRAs, so that they stay in memory: their files may go meanwhile.
    """

    checkpoint: Checkpoint
    make_plan: Callable[[], Plan]
    adapters: AdapterSet = NOTHING
    pixels: int = 0
    """Those of each picture."""
    renders: list[Render] = field(default_factory=list)

    @cached_property
    def plan(self) -> Plan:
        """Say how the pictures are computed. Raises `RenderError` when none of the size fits the memory."""
        self.checkpoint.wear_nothing()  # what passes take is measured when it is first asked for
        return self.make_plan()

    @property
    def bytes_of_pass(self) -> int:
        """The bytes that the next pass of the UNet takes; 0 when nobody runs."""
        rows = sum(render.rows for render in self.renders)
        return min(rows, self.plan.rows.rows) * self.plan.row if rows else 0

    def has_room(self) -> bool:
        """Tell whether one more guided picture fits one pass."""
        rows = sum(render.rows for render in self.renders)
        return not rows or rows + 2 <= self.plan.rows.rows

    def drop_settled(self) -> None:
        """Let go of the pictures that are finished, failed or cancelled, or past their deadline."""
        # Settling runs callbacks of futures, which may look at the group: no half-filtered list for them.
        self.renders = [render for render in self.renders if not render.ticket.settled()]
