"""The command of a benchmark whose contestants take turns, round by round."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.serving import rounded


def print_rounds(
    name: str,
    description: str,
    measure: Callable[[Path, int, float], dict[str, float]],
    rounds: int,
    seconds: float,
) -> None:
    """Measure in a folder that is gone afterwards, and print the figures as one JSON object.

    `measure` gets the folder, the rounds and the seconds of each way in each round; the last two are options.
    """
    parser = argparse.ArgumentParser(prog=f"python -m tests.benchmarks.{name}", description=description)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seconds", type=float, default=seconds, help="of each way in each round")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(rounded(measure(Path(folder), asked.rounds, asked.seconds))))
