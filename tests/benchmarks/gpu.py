"""The figures of serving on a GPU, for checkpoints as large as the published ones.

`python -m tests.benchmarks.gpu` writes checkpoints of random weights, by the configurations of Stable
Diffusion 1.5 (`sd15`) and XL (`sdxl`), into a temporary folder and serves them in fp16 as any other. Its last
line is one JSON object. It has for each checkpoint what `tests.benchmarks.serving` prints, and `passes`: how
fast a UNet's are with `torch.compile` and CUDA graphs (`compiled.compare_ways`).

The larger one takes 7 GB of disk and a card of 24 GB or more. `tiny` runs anywhere and shows that the script
works, by a quick look.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.families.sd1.family import SD1
from gpuworker.families.sdxl.family import SDXL
from tests.benchmarks.compiled import compare_ways
from tests.benchmarks.random_weights import write_random
from tests.benchmarks.serving import rounded, serve
from tests.gpuworker.tiny import write_sd1

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
TINY = "tiny"
SIZES: dict[str, Callable[[Path], None]] = {
    "sd15": partial(write_random, family=SD1, device=DEVICE),
    "sdxl": partial(write_random, family=SDXL, device=DEVICE),
    TINY: write_sd1,
}


def measure(size: str) -> dict[str, Any]:
    """The figures of a checkpoint of one of the sizes; of a tiny one, no more than a quick look."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / size
        SIZES[size](path)
        checkpoints = CheckpointStore(path.parent, DEVICE)
        checkpoint = checkpoints.get(size)
        figures = serve(Engine(checkpoints), checkpoint, path, quick=size == TINY)
        return {**figures, "passes": compare_ways(checkpoint)}


def main() -> None:
    """Measure one size after the other and print the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.gpu",
        description="How well the engine serves large checkpoints of random weights on a GPU, as JSON.",
    )
    parser.add_argument("sizes", nargs="*", help=f"{', '.join(SIZES)}; sd15 and sdxl if none is named")
    sizes = parser.parse_args().sizes or ["sd15", "sdxl"]
    if unknown := set(sizes) - set(SIZES):
        parser.error(f"there is no size {min(unknown)}: choose from {', '.join(SIZES)}")
    if DEVICE.type != "cuda" and set(sizes) != {TINY}:
        sys.exit(
            "torch finds no CUDA GPU on this machine: run this where it does, or with `tiny` to see that the"
            " script works."
        )
    figures: dict[str, Any] = {"device": torch.cuda.get_device_name() if DEVICE.type == "cuda" else "cpu"}
    for size in sizes:
        figures[size] = measure(size)
        gc.collect()
        torch.cuda.empty_cache()
        # What is known is said before the next one is begun, which may not fit.
        print(json.dumps(rounded(figures)), flush=True)


if __name__ == "__main__":
    main()
