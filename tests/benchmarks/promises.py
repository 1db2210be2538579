"""What the plan promises for cards of some sizes, for checkpoints of the published shapes.

`python -m tests.benchmarks.promises` prints the table of docs/benchmarks.md. It needs no GPU: the networks
have shapes and no numbers, and what their passes take is counted as a worker counts it. Attention writes no
scores down, as on every card that torch has its fast kernels for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any, NamedTuple

import torch

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.footprint import Footprint, Law
from gpuworker.checkpoints.load import away_from
from gpuworker.checkpoints.memory import Memory
from gpuworker.checkpoints.offload import Offloaded
from gpuworker.checkpoints.tokenizers import tokenizers_of
from gpuworker.engine.errors import RenderError
from gpuworker.engine.plan import Plan, plan
from gpuworker.families.family import Family
from gpuworker.families.preview import Preview
from gpuworker.families.sd1.family import SD1
from gpuworker.families.sd2.family import SD2
from gpuworker.families.sdxl.family import SDXL
from gpuworker.families.table import FAMILIES
from tests.benchmarks.random_weights import new_network

CARDS = (6, 8, 12, 24, 80)
"""In GB as they are sold, which are GiB."""
_TAKEN_BEFORE = 600_000_000
"""Bytes of a card that CUDA, torch's kernels and a screen have before a worker looks at what is free."""
SIZES = (
    (SD1, ((512, 512), (1024, 576))),
    (SD2, ((768, 768), (1024, 576))),
    (SDXL, ((1024, 1024), (1344, 768), (1536, 1536))),
)
"""The pictures of each family: those that it was trained on, and wide ones."""
META = torch.device("meta")
"""Torch's device for shapes without numbers."""


class Promise(NamedTuple):
    """What a card does with a checkpoint's pictures of one size; no plan where it refuses them."""

    gigabytes: int
    family: Family
    size: tuple[int, int]
    offloads: bool
    plan: Plan | None
    refusal: str = ""

    @property
    def row(self) -> str:
        """A row of the table."""
        width, height = self.size
        cells = [f"{self.gigabytes} GB", self.family.title, f"{width}x{height}"]
        if self.plan is None:
            return f"| {' | '.join([*cells, self.refusal, '', ''])} |"
        drawn = "whole" if self.plan.tile is None else f"in tiles of {self.plan.tile * 8} px"
        at_once = f"{drawn}, {self.plan.pictures.rows} at once" if self.plan.pictures.rows > 1 else drawn
        stays = "UNet" if self.offloads else "all"
        return f"| {' | '.join([*cells, stays, str(self.plan.rows.rows), at_once])} |"


def memory_of(gigabytes: int) -> Memory:
    """What a worker plans with on such a card."""
    return Memory.of_card(gigabytes * 2**30 - _TAKEN_BEFORE)


def promises(most_rows: int = 48) -> Iterator[Promise]:
    """The promises for all cards, families and sizes."""
    for family, sizes in SIZES:
        for gigabytes in CARDS:
            memory = memory_of(gigabytes)
            checkpoint = checkpoint_of(family, memory)
            for size in sizes:
                try:
                    planned, refusal = plan(checkpoint, memory, *size, most_rows), ""
                except RenderError as error:
                    planned, refusal = None, "refused: " + str(error).split(": ")[1].rstrip(".")
                yield Promise(gigabytes, family, size, bool(checkpoint.offloaded), planned, refusal)


def shapes_of(family: Family) -> Any:
    """The family's model as a card has it, fp16 with an autoencoder of wide range: shapes without numbers."""
    assert family.single_file is not None
    published = family.single_file.published
    with META:
        parts: dict[str, Any] = {
            part: new_network(network, published / part).half().eval().requires_grad_(False)
            for part, network in family.networks.items()
        }
    if family.upcasts_autoencoder:
        parts["vae"].bfloat16()
    return family.new_model(**parts, **tokenizers_of(family), **family.pipeline_options)


@cache
def _measured(family: str) -> tuple[Any, Footprint]:
    """A family's model, and what passes through it take on a card."""
    model = shapes_of(FAMILIES[family])
    return model, _NoScores(model, model.encode_prompt, META, torch.float16)


def checkpoint_of(family: Family, memory: Memory) -> Checkpoint:
    """The family's model as a worker with so much memory holds it."""
    model, footprint = _measured(family.name)
    checkpoint = Checkpoint(
        name="it",
        hash="",
        device=META,
        dtype=torch.float16,
        family=family,
        model=model,
        scheduler_config={},
        preview=Preview.grey(4),
        offloaded={
            name: Offloaded(model.networks[name], META) for name in away_from(model, family, memory.weights)
        },
    )
    vars(checkpoint)["footprint"] = footprint
    return checkpoint


class _NoScores(Footprint):
    """On shapes alone torch takes the way that writes scores down, which cards do not need."""

    @cached_property
    def denoise(self) -> Law:
        return super().denoise.sliced

    @cached_property
    def autoencode(self) -> Law:
        return super().autoencode.sliced


def table_of(made: Iterable[Promise]) -> str:
    """The table in Markdown."""
    head = "| card | checkpoint | picture | on the card | rows of a pass | drawn |"
    return "\n".join([head, "|---|---|---|---|---|---|", *(each.row for each in made)])


if __name__ == "__main__":
    print(table_of(promises()))
