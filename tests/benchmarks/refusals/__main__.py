"""How well the sexual rule and the floor do: `python -m tests.benchmarks.refusals` prints JSON.

`--all` names what was missed and what was refused by mistake.
"""

from __future__ import annotations

import json
import sys

from tests.benchmarks.refusals.suite import measure

if __name__ == "__main__":
    figures, wrong = measure()
    if "--all" in sys.argv:
        for kind, each in wrong.items():
            print(kind, *each, sep="\n  ")
    print(json.dumps(figures, ensure_ascii=False))
