"""What reading a large LoRA takes, and what pictures wait for it: `python -m tests.benchmarks.reading`.

The LoRA is one for SDXL as kohya's scripts write it, of random numbers: 722 layers of ranks 4 to 64, with
alphas that differ. SDXL's UNet is there with its shapes only, which is all that reading looks at; the numbers
are read, checked and converted to its precision on a thread of their own. Beside it the engine makes pictures
of the pocket checkpoint, as when somebody brings a new LoRA, and without it, in turns.

The last line is one JSON object:

- `seconds`: how long one reading takes, with the engine at work;
- `p95_over_alone`, `median_over_alone`: how long a picture takes while LoRAs are read, against without.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from statistics import median

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from gpuworker.adapters.read import read_adapter
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.families.table import FAMILIES
from gpuworker.stages.imagine import imagine
from moderation.pictures import load_detector
from tests.benchmarks.random_weights import new_network
from tests.benchmarks.rounds import print_rounds
from tests.benchmarks.serving import p95
from tests.conftest import a_job
from tests.gpuworker.fake_farm import bench_of

ROUNDS, SECONDS = 6, 15.0
STEPS, IMAGINES = 20, 3
LAYERS, RANKS = 722, (4, 8, 16, 32, 64)
PAUSE = 5.0
"""Seconds between two readings: a busy evening, on which everybody tries another LoRA."""


def shapes_of_sdxl() -> nn.Module:
    """Give SDXL's UNet in half precision, with no numbers in it."""
    family = FAMILIES["sdxl"]
    assert family.single_file is not None
    network = family.networks[family.denoiser]
    with torch.device("meta"):
        unet: nn.Module = new_network(network, family.single_file.published / family.denoiser).half()
    return unet


def write_lora(file: Path, unet: nn.Module) -> None:
    """Write a LoRA for all LAYERS linear layers of the UNet's transformers."""
    lots, tensors = torch.Generator().manual_seed(1), dict[str, Tensor]()
    linear = [
        (name, module)
        for name, module in unet.named_modules()
        if isinstance(module, nn.Linear) and ".attentions." in name
    ]
    for place, (name, module) in enumerate(linear):
        rank, layer = RANKS[place % len(RANKS)], f"lora_unet_{name.replace('.', '_')}"
        tensors[f"{layer}.lora_down.weight"] = torch.randn(rank, module.in_features, generator=lots).half()
        tensors[f"{layer}.lora_up.weight"] = torch.randn(module.out_features, rank, generator=lots).half()
        tensors[f"{layer}.alpha"] = torch.tensor(rank / 2)
    save_file(tensors, file)


@contextmanager
def _reading(file: Path, unet: nn.Module, took: list[float]) -> Iterator[None]:
    """Read the LoRA every few seconds, on a thread of its own as workers do."""
    over = threading.Event()

    def read() -> None:
        torch.set_num_threads(1)
        while not over.is_set():
            began = time.perf_counter()
            adapter = read_adapter(file, {"unet": unet}, torch.device("cpu"))
            assert len(adapter.changes) == LAYERS
            took.append(time.perf_counter() - began)
            over.wait(PAUSE)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()


def measure(home: Path, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, float]:
    """Give the figures."""
    unet, file, took = shapes_of_sdxl(), home / "lora.safetensors", list[float]()
    write_lora(file, unet)
    alone, beside = list[float](), list[float]()
    store = CheckpointStore(Path(), "cpu")
    with Engine(store) as engine:
        bench = bench_of(
            home, engine=engine, checkpoints=store, detector=load_detector(), tell=lambda progress: None
        )
        imagine(a_job(steps=1), bench)

        def sit(until: float, waits: list[float]) -> None:
            while time.perf_counter() < until:
                began = time.perf_counter()
                imagine(a_job(steps=STEPS), bench)
                waits.append(time.perf_counter() - began)

        for number in range(2 * rounds):
            reads = number % 2 == 1
            work: AbstractContextManager[None] = _reading(file, unet, took) if reads else nullcontext()
            with work:
                until = time.perf_counter() + seconds
                seats = [
                    threading.Thread(target=sit, args=(until, beside if reads else alone))
                    for _ in range(IMAGINES)
                ]
                for seat in seats:
                    seat.start()
                for seat in seats:
                    seat.join()
    return {
        "seconds": median(took),
        "p95_over_alone": p95(beside) / p95(alone),
        "median_over_alone": median(beside) / median(alone),
        "pictures": float(len(alone) + len(beside)),
        "readings": float(len(took)),
    }


def main() -> None:
    """Measure and print."""
    about = "What reading a large LoRA takes, and what pictures wait for it, as one JSON object."
    print_rounds("reading", about, measure, ROUNDS, SECONDS)


if __name__ == "__main__":
    main()
