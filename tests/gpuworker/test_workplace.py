"""Who has the device."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from filelock import FileLock

from gpuworker.workplace import Claim, take_device


def test_a_second_worker_waits_for_the_card_and_then_says_who_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpuworker.workplace.LEAVING_SECONDS", 0.5)
    with FileLock(tmp_path / "card.lock", thread_local=False):
        with pytest.raises(SystemExit, match="Another worker of this data folder has the card"):
            take_device(FileLock(tmp_path / "card.lock", thread_local=False), Claim.CARD)
        waits = FileLock(tmp_path / "card.lock", thread_local=False)
        waiting = threading.Thread(target=take_device, args=(waits, Claim.DEVICE))
        waiting.start()
        waiting.join(1)
        assert waiting.is_alive(), "however long it takes"
    waiting.join(60)
    assert waits.is_locked


def test_a_worker_that_is_leaving_is_waited_for(tmp_path: Path) -> None:
    leaves = FileLock(tmp_path / "card.lock", thread_local=False)
    leaves.acquire()
    threading.Timer(0.5, leaves.release).start()
    ours = FileLock(tmp_path / "card.lock", thread_local=False)
    take_device(ours, Claim.CARD)
    assert ours.is_locked
