"""The pencil: a style for the pocket checkpoint, in a file that diffusers loads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file

from pocket import CHECKPOINT
from pocket.checkpoint.lora import LORA, chroma, compare, save_lora, sketch, train_lora
from pocket.corpus import Corpus, draw_maps
from pocket.loop import Budget
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing

SCENE = Scene("snow", (Thing("square", "red", "centre", "big"),))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    drawings = [draw(SCENE, seed) for seed in range(4)]
    pixels = np.stack([sketch(drawing.pixels) for drawing in drawings])
    return Corpus([SCENE] * 4, pixels, np.stack([draw_maps(drawing) for drawing in drawings]))


@pytest.fixture
def pipeline() -> StableDiffusionPipeline:
    pipeline = StableDiffusionPipeline.from_pretrained(CHECKPOINT)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def test_a_sketch_is_grey_lines_on_light_paper() -> None:
    drawing = draw(SCENE, 1)
    drawn = sketch(drawing.pixels)
    assert chroma(drawn[None]) < 0.4 * chroma(drawing.pixels[None])
    inside = drawing.annotations[0].mask
    left, top, right, bottom = drawing.annotations[0].box
    rim = np.zeros_like(inside)
    rim[top - 3 : bottom + 3, left - 3 : right + 3] = True
    rim[top + 3 : bottom - 3, left + 3 : right - 3] = False
    assert drawn[rim].min() < 100 < drawn[inside & ~rim].min()


@pytest.mark.slow
def test_training_goes_on_and_diffusers_loads_the_file(
    pipeline: StableDiffusionPipeline, corpus: Corpus, tmp_path: Path
) -> None:
    train_lora(pipeline, corpus, tmp_path, Budget(60, 1), batch=2)
    pipeline.unload_lora_weights()
    weights = train_lora(pipeline, corpus, tmp_path, Budget(60, 2), batch=2)
    pipeline.unload_lora_weights()
    assert torch.load(tmp_path / "lora.pt", weights_only=True)["number"] == 2
    # Two steps of the warm-up are nothing to see.
    loud = {name: weight * 3000 if "lora_B" in name else weight for name, weight in weights.items()}
    file = tmp_path / "loras" / "loud.safetensors"
    save_lora(loud, file)
    assert all(tensor.dtype == torch.float16 for tensor in load_file(file).values())
    assert file.stat().st_size < 1_000_000

    pictures, found = compare(pipeline, file, 1)
    assert found["difference_at_zero"] == 0
    changes = [np.abs(picture.astype(int) - pictures[0]).mean() for picture in pictures]
    assert changes[0] == 0
    assert changes[1] > 1
    assert changes[2] > 1


def test_a_finished_training_is_left_as_it_is(
    pipeline: StableDiffusionPipeline, corpus: Corpus, tmp_path: Path
) -> None:
    done = train_lora(pipeline, corpus, tmp_path, Budget(60, 1), batch=2)
    kept = {name: weight.detach().clone() for name, weight in done.items()}
    pipeline.unload_lora_weights()
    again = train_lora(pipeline, replace(corpus), tmp_path, Budget(60, 1), batch=2)
    assert kept.keys() == again.keys()
    assert all(torch.equal(weight, again[name]) for name, weight in kept.items())


@pytest.mark.slow
def test_the_lora_that_ships_draws_with_a_pencil(pipeline: StableDiffusionPipeline) -> None:
    _, found = compare(pipeline, LORA, 3)
    assert found["chroma_with"] < 0.5 * found["chroma_without"]
    assert found["difference_at_zero"] == 0
