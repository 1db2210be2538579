"""The weights that ship: their layout, and what the pictures that they make show."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image
from safetensors import safe_open

from gpuworker.models.yolo import Yolo
from gpuworker.registry import shipped_checkpoints
from moderation.pictures import load_detector
from pocket import CHECKPOINT, WEIGHTS
from pocket.checkpoint.evaluate import (
    evaluate,
    evaluate_figures,
    held_out_scenes,
    load,
    score,
)
from pocket.detectors.train import FIGURES
from pocket.judge import JUDGE, load_judge
from pocket.tensors import to_tensor
from pocket.world.captions import grammar_words
from pocket.world.drawing import draw

_MIB = 2**20


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    return load(CHECKPOINT)


def test_weights_are_small_and_safe() -> None:
    files = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 80 * _MIB
    assert sum(path.stat().st_size for path in files if CHECKPOINT in path.parents) <= 16 * _MIB
    assert JUDGE.stat().st_size < _MIB
    assert {path.suffix for path in files} <= {".json", ".txt", ".safetensors", ".jinja"}


@pytest.mark.parametrize("checkpoint", shipped_checkpoints().values(), ids=lambda folder: folder.name)
def test_checkpoints_are_kept_in_half_precision(checkpoint: Path) -> None:
    for path in checkpoint.rglob("*.safetensors"):
        with safe_open(path, "pt") as weights:
            assert {weights.get_slice(name).get_dtype() for name in weights.keys()} <= {"F16", "I64"}  # noqa: SIM118


def test_every_part_is_single_precision_without_being_told(pipeline: StableDiffusionPipeline) -> None:
    for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder):
        assert {weight.dtype for weight in part.parameters()} == {torch.float32}


def test_the_shipped_tokenizer_knows_the_grammar(pipeline: StableDiffusionPipeline) -> None:
    assert all(len(pipeline.tokenizer(word).input_ids) == 3 for word in grammar_words())
    config = pipeline.text_encoder.config
    assert config.eos_token_id == pipeline.tokenizer.eos_token_id
    assert config.bos_token_id == pipeline.tokenizer.bos_token_id


def test_preview_is_close_to_the_picture(pipeline: StableDiffusionPipeline) -> None:
    preview = json.loads((CHECKPOINT / "preview.json").read_text())
    for i, scene in enumerate(held_out_scenes(4, 2, seed=1)):
        pixels = draw(scene, i).pixels
        with torch.no_grad():
            latents = pipeline.vae.encode(to_tensor(pixels[None])).latent_dist.mean
        cells = (latents[0] * pipeline.vae.config.scaling_factor).permute(1, 2, 0).numpy()
        colours = cells @ np.array(preview["weight"]) + np.array(preview["bias"])
        truth = np.asarray(Image.fromarray(pixels).reduce(len(pixels) // len(cells))) / 255
        assert np.abs(colours - truth).mean() < 0.08


def test_the_judge_knows_drawings() -> None:
    judge = load_judge()
    for things in (1, 2):
        scenes = held_out_scenes(100, things, seed=7)
        shares = score(scenes, judge.look(np.stack([draw(s, i).pixels for i, s in enumerate(scenes)])))
        assert min(shares.kind, shares.colour, shares.place, shares.background) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("name", "captions"), [("pocket", 24), ("pocket-2", 24), ("pocket-xl", 12)])
def test_pictures_show_what_their_captions_say(name: str, captions: int) -> None:
    figures = evaluate(load(WEIGHTS / name), load_judge(), captions)
    one, two = figures["one_object"], figures["two_objects"]
    assert min(one["background"], two["background"]) >= 0.9
    assert min(one["colour"], one["place"], two["place"]) >= 0.9
    assert two["colour"] >= 0.75
    assert one["kind"] >= 0.8
    assert two["kind"] >= 0.7


@pytest.mark.slow
def test_many_figures_have_the_limbs_that_they_should(pipeline: StableDiffusionPipeline) -> None:
    found = evaluate_figures(pipeline, Yolo.load(FIGURES), load_detector(), captions=16)["rendered"]
    assert found["head"] >= 0.6
    assert found["leg"] >= 0.5
    assert found["limbs"] >= 0.25
