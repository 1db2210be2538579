"""What the prompt language does to pictures, measured by the colours in them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from gpuworker.checkpoints.store import CheckpointStore
from tests.gpuworker.engine.support import of_pocket, pixels, render_together

SEEDS = 3


@pytest.fixture(scope="module")
def pocket(tmp_path_factory: pytest.TempPathFactory) -> CheckpointStore:
    return CheckpointStore(tmp_path_factory.mktemp("nothing else"), "cpu")


def drawn(pocket: CheckpointStore, prompts: Iterable[str]) -> list[np.ndarray]:
    """For each prompt the pictures of the same seeds, (SEEDS, 128, 128, 3), all rendered in one batch."""
    requests = [of_pocket(prompt, seed, steps=8) for prompt in prompts for seed in range(SEEDS)]
    pictures = [pixels(picture) for picture in render_together(pocket, requests)]
    return [np.stack(pictures[start : start + SEEDS]) for start in range(0, len(pictures), SEEDS)]


def coloured(pictures: np.ndarray, colour: str) -> np.ndarray:
    """Say which pixels are of a colour."""
    red, green, blue = np.moveaxis(pictures / 255, -1, 0)
    found: np.ndarray = {
        "red": (red > 0.45) & (red > 1.6 * green) & (red > 1.6 * blue),
        "yellow": (red > 0.5) & (green > 0.45) & (blue < 0.6 * green),
        "blue": (blue > 0.4) & (blue > 1.5 * red) & (blue > 1.3 * green),
    }[colour]
    return found


def share(pictures: np.ndarray, colour: str) -> float:
    """The share of the pictures, in per cent, that is of a colour."""
    return 100 * float(coloured(pictures, colour).mean())


def redness(pictures: np.ndarray) -> float:
    """How red what is red there is, whatever its size, 0 to 1."""
    red, green, blue = np.moveaxis(pictures / 255, -1, 0)
    return float((red - np.maximum(green, blue))[coloured(pictures, "red")].mean())


@pytest.mark.slow
def test_a_weight_moves_its_colour_and_one_below_zero_removes_it(pocket: CheckpointStore) -> None:
    prompts = [f"a (red:{weight}) house over the sea" for weight in (-1, 0.5, 1, 1.5)]
    removed, *shown = drawn(pocket, prompts)
    assert share(removed, "red") < 0.1
    assert all(share(pictures, "red") > 1 for pictures in shown)
    less, plainly, more = map(redness, shown)
    assert less + 0.03 < plainly < more - 0.03


@pytest.mark.slow
def test_a_switch_gives_each_side_its_part_of_the_steps(pocket: CheckpointStore) -> None:
    prompts = [f"a [red:blue:{when}] house on the left in the snow" for when in (0.1, 0.5, 10)]
    early, middle, never = drawn(pocket, prompts)
    blues = [share(pictures, "blue") for pictures in (early, middle, never)]
    assert blues[0] > blues[1] > blues[2] + 0.5
    assert share(never, "red") > share(middle, "red") + 1


@pytest.mark.slow
def test_and_composes_two_things(pocket: CheckpointStore) -> None:
    heart, star = "a red heart on the left in the snow", "a yellow star on the right in the snow"
    both, only_heart, only_star = drawn(pocket, [f"{heart}:0.7 AND {star}:0.7", heart, star])
    assert share(only_heart, "yellow") < 0.3
    assert share(only_star, "red") < 0.3
    assert share(both[:, :, :64], "red") > 0.8
    assert share(both[:, :, 64:], "yellow") > 0.8


@pytest.mark.slow
def test_the_last_words_of_a_long_prompt_count(pocket: CheckpointStore) -> None:
    long = "over the snow, " * 19
    red, blue = drawn(pocket, [long + "a red house", long + "a blue house"])
    assert share(red, "red") > 1 > share(red, "blue")
    assert share(blue, "blue") > 1 > share(blue, "red")
