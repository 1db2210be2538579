"""The engine is at most a step ahead of a GPU."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from gpuworker.engine.pace import Pace


class Events:
    """In the place of `torch.cuda.Event`: notes which were waited for."""

    def __init__(self, broken: bool = False) -> None:
        self.made, self.broken = 0, broken
        self.waited: list[int] = []

    def __call__(self, **_: Any) -> Any:
        events, number = self, self.made
        self.made += 1

        class Event:
            def record(self) -> None:
                if events.broken:
                    raise RuntimeError("no driver")

            def synchronize(self) -> None:
                events.waited.append(number)

        return Event()


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Events:
    events = Events()
    monkeypatch.setattr(torch.cuda, "Event", events)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    return events


def test_a_step_waits_for_the_one_before_the_last(events: Events) -> None:
    pace = Pace(torch.device("cuda"))
    waited = []
    for _ in range(4):
        pace.keep()
        waited.append(list(events.waited))
    assert waited == [[], [0], [0, 1], [0, 1, 2]]


def test_a_cpu_needs_none(events: Events) -> None:
    Pace(torch.device("cpu")).keep()
    assert events.made == 0


def test_a_gpu_without_events_goes_on(events: Events) -> None:
    events.broken = True
    pace = Pace(torch.device("cuda"))
    pace.keep()
    pace.keep()
    assert events.made == 1
