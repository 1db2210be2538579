"""Signals that tell a worker to stop."""

from __future__ import annotations

import signal
import threading

from gpuworker.signals import signals_told


def test_signals_are_written_down_and_handlers_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with signals_told() as told:
        assert told == []
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert told == [signal.SIGTERM, signal.SIGINT]
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_another_thread_hears_of_none() -> None:
    heard: list[list[int]] = []

    def listen() -> None:
        with signals_told() as told:
            heard.append(told)

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert heard == [[]]
    assert signal.getsignal(signal.SIGTERM) is before
