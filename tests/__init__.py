"""The tests, in the rooms' order, and what they share."""

import gc
import os
import sys

# Test processes side by side share out the cores, also among the programs that they start. Read when torch
# is loaded.
if side_by_side := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    cores = (os.cpu_count() or 1) // int(side_by_side)
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores)))

# Nothing of what pytest imports and collects is garbage, and to look for some takes a fifth of that time.
if "pytest" in sys.modules:
    gc.disable()

import gpuworker  # noqa: F401  before anything loads torch: it settles how torch's threads wait
