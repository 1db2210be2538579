"""Whose turn it is: who may join the running pictures, and which of them go on."""

from __future__ import annotations

import threading
from functools import partial

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.embeddings import Vocabulary
from gpuworker.engine.group import Group, GroupKey, group_key
from gpuworker.engine.loading import Loading
from gpuworker.engine.loras import LoraManager
from gpuworker.engine.plan import Plan, plan
from gpuworker.engine.render import Render
from gpuworker.engine.request import DrawnWith
from gpuworker.engine.saturation import Saturation
from gpuworker.engine.ticket import Ticket
from gpuworker.engine.waiting import WaitingLine
from gpuworker.families.attention import attention_within
from storage.add_on_hashes import AddOnHashes


class Scheduler:
    """The waiting and the running. Any thread may add; the rest is for the engine's thread.

    Within a group it is fair between members (see `WaitingLine`). Groups are bounded one by one, and take
    turns step by step, so that a rare size or checkpoint neither waits for a full group to end nor holds it
    up.

    A checkpoint that is not loaded is loaded on another thread while the rest goes on. If it does not fit
    beside those in use, these have their turn, in which newcomers may join; after it the later ones wait, the
    running ones finish, and the checkpoints change places. So nobody starves, and most of the time is spent
    rendering.
    """

    def __init__(
        self,
        checkpoints: CheckpointStore,
        max_rows: int,
        loras: LoraManager,
        vocabulary: Vocabulary,
        news: threading.Event,
    ) -> None:
        """Set `news` whenever there is something new to do."""
        self._checkpoints = checkpoints
        self._loras = loras
        self._vocabulary = vocabulary
        self._max_rows = max_rows
        self._news = news
        self._waiting = WaitingLine(news)
        self._loading = Loading(checkpoints, news)
        self._groups: dict[GroupKey, Group] = {}
        self._saturation = Saturation()
        self._fetched_towers_for: set[str] = set()
        """The checkpoints whose offloaded text towers another thread brings, until somebody has joined."""

    @property
    def waiting(self) -> int:
        """Count the requests that wait to join."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Count the pictures that are being rendered."""
        return sum(len(group.renders) for group in list(self._groups.values()))

    @property
    def is_idle(self) -> bool:
        """Tell whether nobody waits or runs."""
        return not self._waiting and not self._groups

    @property
    def awaits_loading(self) -> bool:
        """Tell whether somebody can only go on when something has been loaded or has made room."""
        return self._loading.is_awaited or self._loras.is_reading

    def add(self, ticket: Ticket) -> None:
        """Put a ticket into the line. Raises `EngineStopped`."""
        with ticket.alone():
            ticket.named = self._loras.find(ticket.loras, ticket.text_weights, ticket.request.loras)
        if not ticket.settled():
            self._waiting.add(ticket)

    def schedule(self) -> Group | None:
        """Give the group whose turn it is, after the settled have left and the waiting have joined.

        None when nobody runs.
        """
        self._loading.finish(self._waiting)
        self._drop_settled()
        self._admit()
        self._drop_empty_groups()
        self._loading.begin(self._waiting)
        return self._next_group()

    def fail_running(self, error: Exception) -> None:
        """Answer everybody who runs with `error`."""
        for group in self._groups.values():
            for render in group.renders:
                render.ticket.fail(error)

    def close(self, error: Exception) -> None:
        """Take no more tickets, and answer everybody with `error`."""
        self._waiting.close(error)
        self.fail_running(error)
        for group in self._groups.values():
            group.renders.clear()
        self._drop_empty_groups()

    def _drop_settled(self) -> None:
        self._waiting.drop_settled()
        for group in self._groups.values():
            group.drop_settled()

    def _admit(self) -> None:
        while (admitted := self._next_in_line()) is not None:
            ticket, group = admitted
            self._waiting.join(ticket)
            with ticket.alone():
                planned = group.plan
                group.checkpoint.adapters.wear(group.adapters)
                self._vocabulary.take_used()
                with attention_within(planned.scores):
                    render = Render(ticket, group.checkpoint, self._vocabulary, planned.tile)
                if ticket.request.on_begin is not None:
                    embeddings = self._vocabulary.take_used()
                    ticket.request.on_begin(_drawn_with(ticket, group, embeddings))
                group.renders.append(render)
                self._fetched_towers_for.discard(group.checkpoint.name)
        self._fetched_towers_for &= {ticket.request.checkpoint for ticket in self._waiting}
        for group in self._groups.values():
            if group.checkpoint.name not in self._fetched_towers_for:
                group.checkpoint.send_away()

    def _next_in_line(self) -> tuple[Ticket, Group] | None:
        """Give the first who may join, and the group to join; None when nobody may."""
        room_is_awaited = False
        for ticket in self._waiting:
            name = ticket.request.checkpoint
            if room_is_awaited and self._checkpoints.had_its_turn(name):
                continue
            with ticket.alone():
                group = self._group_of(ticket)
                if group is not None and group.has_room() and not self._awaits_towers(group.checkpoint):
                    return ticket, group
                if group is None and not self._checkpoints.is_loaded(name):
                    room_is_awaited = self._loading.is_crowded
        return None

    def _awaits_towers(self, checkpoint: Checkpoint) -> bool:
        """Tell whether offloaded text towers are being brought, which is begun if passes can go on beside it.

        Where there is no room for both, or nobody is running, they come at once, between two steps.
        """
        towers = checkpoint.offloaded_towers
        if any(tower.is_coming for tower in towers):
            return True
        if not towers or all(tower.is_there for tower in towers):
            return False
        passes = max((group.bytes_of_pass for group in self._groups.values()), default=0)
        room = self._checkpoints.memory.total - self._checkpoints.bytes - checkpoint.visiting_towers
        if not 0 < passes <= room:
            return False
        self._fetched_towers_for.add(checkpoint.name)
        for tower in towers:
            tower.begin(self._news.set)
        return True

    def _group_of(self, ticket: Ticket) -> Group | None:
        """Give the group that a ticket may join; None when its checkpoint or its LoRAs are not loaded.

        Raises `RenderError` for LoRAs that cannot be had.
        """
        key = group_key(ticket)
        if key not in self._groups:
            checkpoint = self._checkpoints.hold(ticket.request.checkpoint)
            if checkpoint is None:
                return None
            adapters = None
            try:
                adapters = self._loras.get(checkpoint, ticket.named)
            finally:
                if adapters is None:
                    self._checkpoints.release(checkpoint.name)
            if adapters is None:
                return None
            width, height = ticket.request.width, ticket.request.height
            make = partial(self._plan, checkpoint, width, height, adapters.bytes)
            self._groups[key] = Group(checkpoint, make, adapters, width * height)
        return self._groups[key]

    def _plan(self, checkpoint: Checkpoint, width: int, height: int, beside: int) -> Plan:
        """Plan within the memory, and on a GPU with no more rows than are good for those who wait."""
        planned = plan(checkpoint, self._checkpoints.memory, width, height, self._max_rows, beside)
        cells = width * height // checkpoint.model.pixels_per_latent**2
        planned.rows.rows = self._saturation.rows(checkpoint, cells, planned.rows.rows)
        return planned

    def _drop_empty_groups(self) -> None:
        for key, group in list(self._groups.items()):
            if not group.renders:
                del self._groups[key]
                self._checkpoints.release(group.checkpoint.name)

    def _next_group(self) -> Group | None:
        """Give the group that waited longest for a step; it goes to the end of the round."""
        if not self._groups:
            return None
        key = next(iter(self._groups))
        group = self._groups[key] = self._groups.pop(key)
        return group


def _drawn_with(ticket: Ticket, group: Group, embeddings: dict[str, str]) -> DrawnWith:
    loras = {
        named.name: adapter.hash
        for named, (adapter, *_) in zip(ticket.named, group.adapters.adapters, strict=True)
    }
    return DrawnWith(group.checkpoint.hash, AddOnHashes(loras=loras, embeddings=embeddings))
