"""`python -m tests.chaos`: whether anything is lost or posted twice while everything breaks.

The real bot (a process of its own), a real Redis with a journal, and workers whose seats, queue, review and
blobs are real and whose engine alone is played, so that jobs are quick. `--seed` repeats a run; `--shrink`
leaves out faults as long as it still fails: a run for each try. With `--processes 2` the bot is two processes
that divide its shards, with records in a Postgres; with `--links` workers have the pictures through the bot
alone. Exit status 1 if a rule is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.checker import violations
from tests.chaos.plan import Fault, plan_of, shrunk
from tests.chaos.run import Load, run
from tests.stores import asyncpg, postgres_served


def play(seed: int, plan: Sequence[Fault], load: Load) -> list[str]:
    """Play a plan, and give what was not as it should be."""
    home = Path(tempfile.mkdtemp(prefix="darkroom-chaos-"))
    print(f"seed {seed}, {len(plan)} faults; the logs are in {home}", file=sys.stderr)
    with _records(home, load.processes) as database:
        history = asyncio.run(run(home, seed, plan, load, database))
    broken = violations(history)
    counted = Counter(event.what for event in history.events)
    print(json.dumps({"seed": seed, "faults": len(plan), **counted, "violations": broken}), flush=True)
    return broken


@contextlib.contextmanager
def _records(home: Path, processes: int) -> Iterator[str]:
    """Give the address of records that so many processes can share."""
    if processes == 1:
        yield f"sqlite+aiosqlite:///{home}/bot.db"
    else:
        with postgres_served() as address:
            yield asyncpg(address)


def main() -> int:
    """Play the seeds one after another."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=int(f"{datetime.now(UTC):%Y%m%d}"))
    options.add_argument("--seeds", type=int, default=1, help="so many runs, each with the next seed")
    options.add_argument("--jobs", type=int, default=400)
    options.add_argument("--faults", type=int, default=40)
    options.add_argument("--pause", type=float, default=0.5, help="seconds between two jobs")
    options.add_argument("--processes", type=int, default=1, help="of the bot, which divide its shards")
    options.add_argument("--links", action="store_true", help="the workers have no store but the bot's")
    options.add_argument("--shrink", action="store_true")
    given = options.parse_args()
    load, failed = Load(given.jobs, pause=given.pause, processes=given.processes, links=given.links), 0
    for seed in range(given.seed, given.seed + given.seeds):
        plan = plan_of(seed, given.jobs * given.pause, given.faults)
        if not play(seed, plan, load):
            continue
        failed += 1
        if given.shrink:
            for fault in shrunk(plan, lambda fewer, seed=seed: bool(play(seed, fewer, load))):  # type: ignore[misc]
                print(fault, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
