"""How pictures of a size are computed in the memory there is, and what is said when they cannot be."""

from __future__ import annotations

import pytest

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.memory import Memory
from gpuworker.engine.errors import Lacking
from gpuworker.engine.plan import most_pixels, plan
from storage.sizes import MOST_SIDE
from tests.gpuworker.engine.test_budget import SMALL, store_of


@pytest.fixture(scope="module")
def pocket() -> Checkpoint:
    return store_of(None).get("pocket")


def test_the_size_that_is_proposed_fits_and_the_next_does_not(pocket: Checkpoint) -> None:
    plan(pocket, SMALL, 832, 384, 32)
    with pytest.raises(Lacking):
        plan(pocket, SMALL, 896, 448, 32)


def test_the_most_pixels_fit_and_one_cell_more_does_not(pocket: Checkpoint) -> None:
    most, cell = most_pixels(pocket, SMALL), pocket.model.pixels_per_latent**2
    assert 832 * 384 <= most < 896 * 448
    plan(pocket, SMALL, most // 8, 8, 32)
    with pytest.raises(Lacking):
        plan(pocket, SMALL, (most + cell) // 8, 8, 32)


def test_memory_for_everything_and_for_nothing(pocket: Checkpoint) -> None:
    assert most_pixels(pocket, Memory(10**12)) == MOST_SIDE**2
    assert most_pixels(pocket, Memory(pocket.bytes)) == 0


def test_weights_that_fill_the_memory_leave_no_room(pocket: Checkpoint) -> None:
    for size in (pocket.bytes - 1000, pocket.bytes, pocket.bytes + 1000):
        with pytest.raises(Lacking, match="choose a smaller checkpoint"):
            plan(pocket, Memory(size), 512, 512, 32)


def test_more_memory_means_larger_tiles_and_then_none(pocket: Checkpoint) -> None:
    tiles = [plan(pocket, Memory(size * 10**6), 512, 512, 32).tile for size in (130, 200, 400)]
    assert tiles == [64, 96, None]


def test_rows_and_pictures_keep_to_what_is_asked_for_and_to_the_room(pocket: Checkpoint) -> None:
    wide, tight = (plan(pocket, Memory(size * 10**6), 384, 384, 32) for size in (4000, 100))
    assert (wide.rows.rows, wide.pictures.rows, wide.tile, wide.scores) == (32, 4, None, None)
    assert 1 <= tight.rows.rows < 32
    assert tight.pictures.rows < 4


def test_a_plan_is_the_same_whoever_asks_before(pocket: Checkpoint) -> None:
    first, second = (plan(pocket, SMALL, 384, 384, 32) for _ in range(2))
    first.rows.rows = 1
    assert second.rows.rows > 1, "out of memory in one group halves no other group's passes"


def test_loras_take_their_share_of_the_room(pocket: Checkpoint) -> None:
    memory = Memory(400 * 10**6)
    without, with_ten, with_much = (
        plan(pocket, memory, 384, 384, 32, beside) for beside in (0, 10 * 10**6, 300 * 10**6)
    )
    assert with_ten.rows.rows == without.rows.rows, "they fit the half that is for weights"
    assert with_much.rows.rows < without.rows.rows
    with pytest.raises(Lacking, match="384x384 needs about"):
        plan(pocket, memory, 384, 384, 32, 390 * 10**6)
