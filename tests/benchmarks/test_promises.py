"""What the docs promise for cards is what the plan says."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpuworker.checkpoints.memory import Memory
from gpuworker.engine.plan import plan
from gpuworker.families.sdxl.family import SDXL
from tests.benchmarks.promises import CARDS, Promise, checkpoint_of, promises, table_of

DOCS = Path(__file__).parents[2] / "docs" / "benchmarks.md"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made() -> list[Promise]:
    return list(promises())


def test_the_docs_have_the_table_that_the_command_prints(made: list[Promise]) -> None:
    assert table_of(made) in DOCS.read_text(encoding="utf-8")


def test_larger_cards_promise_no_less(made: list[Promise]) -> None:
    found = {(each.family.name, each.size, each.gigabytes): each.plan for each in made}
    for family, size, _ in found:
        plans = [found[family, size, gigabytes] for gigabytes in CARDS]
        rows = [each.rows.rows if each else 0 for each in plans]
        assert rows == sorted(rows)
        assert rows[1] >= 2, "8 GB serve a guided picture of every family at once"


def test_sdxl_is_served_under_seven_and_a_half_gigabytes() -> None:
    memory = Memory(7_500_000_000)
    checkpoint = checkpoint_of(SDXL, memory)
    networks = checkpoint.model.networks.values()
    assert sum(weight.nbytes for part in networks for weight in part.state_dict().values()) > 6.9e9
    assert checkpoint.bytes == pytest.approx(5.135e9, rel=0.001), "the UNet stays"
    assert checkpoint.bytes + checkpoint.visiting_towers < memory.total, "prompts are encoded beside it"
    planned = plan(checkpoint, memory, 1024, 1024, 48)
    passes = planned.rows.rows * planned.row
    drawing = checkpoint.footprint.autoencode(128 * 128) + checkpoint.visiting_autoencoder
    assert planned.rows.rows >= 2
    assert planned.tile is None
    assert checkpoint.bytes + max(passes, drawing) < memory.total
