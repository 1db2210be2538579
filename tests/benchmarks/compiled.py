"""What `torch.compile` and CUDA graphs gain over a UNet's passes as they are, and what they cost at first."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import torch

from gpuworker.checkpoints.checkpoint import Checkpoint
from tests.benchmarks.clock import now
from tests.benchmarks.floor import inputs

ROWS = (2, 8, 32)
"""Rows of the passes: of one guided picture, of four and of sixteen."""
REPETITIONS = 15
WAYS: dict[str, dict[str, Any]] = {
    "cuda_graphs": {"backend": "cudagraphs"},
    "compile": {"backend": "inductor"},
    "compile_and_cuda_graphs": {"backend": "inductor", "mode": "reduce-overhead"},
}
"""Options of `torch.compile`, which makes CUDA graphs, too; for fixed shapes, with which each is fastest."""


def compare_ways(checkpoint: Checkpoint) -> dict[str, dict[str, float]]:
    """For each number of rows: `eager_ms`, the milliseconds of a pass as the engine makes it.

    And for each of the `WAYS`, how many times as fast it is, and under its name with `_after_s` the seconds
    until it first is. All take turns, pass by pass, and the times are medians.
    """
    return {str(rows): _at(rows, checkpoint) for rows in ROWS}


@torch.inference_mode()
def _at(rows: int, checkpoint: Checkpoint) -> dict[str, float]:
    denoise = checkpoint.model.denoise
    called = inputs(checkpoint, rows)
    denoise(*called)
    passes: dict[str, Callable[[], object]] = {"eager": partial(denoise, *called)}
    found: dict[str, float] = {}
    for way, options in WAYS.items():
        compiled = partial(torch.compile(denoise, dynamic=False, **options), *called)
        began = now()
        try:
            for _ in range(3):  # CUDA graphs are recorded at the second call
                compiled()
        except Exception as error:
            print(f"{way} at {rows} rows: {' '.join(str(error).split())}", file=sys.stderr)
            continue
        passes[way] = compiled
        found[f"{way}_after_s"] = now() - began
    seconds: dict[str, list[float]] = {way: [] for way in passes}
    for _ in range(REPETITIONS):
        for way, run in passes.items():
            began = now()
            run()
            seconds[way].append(now() - began)
    torch.compiler.reset()
    eager = median(seconds.pop("eager"))
    return {"eager_ms": 1000 * eager, **{way: eager / median(seconds[way]) for way in seconds}, **found}
