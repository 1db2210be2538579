"""A short run with a few faults; its seed is the day, so that no two days try the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.chaos.checker import violations
from tests.chaos.plan import plan_of
from tests.chaos.run import Load, run

SEED = int(f"{datetime.now(UTC):%Y%m%d}")
LOAD = Load(jobs=24, members=4, pause=0.4)
FAULTS = 6


@pytest.mark.slow
@pytest.mark.timeout(900)  # what is slow is not lost
async def test_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    print(f"python -m tests.chaos --seed {SEED} --jobs {LOAD.jobs} --faults {FAULTS} --pause {LOAD.pause}")
    plan = plan_of(SEED, LOAD.jobs * LOAD.pause, FAULTS)
    database = f"sqlite+aiosqlite:///{tmp_path}/bot.db"
    assert violations(await run(tmp_path, SEED, plan, LOAD, database)) == []
