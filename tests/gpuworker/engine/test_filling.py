"""Checkpoints made for inpainting: their UNet takes the mask and the masked picture beside the latents."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionInpaintPipeline, StableDiffusionXLInpaintPipeline
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file

from gpuworker.checkpoints.check import check
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.noise import draw
from gpuworker.engine.request import Start
from gpuworker.engine.samplers import new_scheduler
from storage.samplers import Sampler
from tests.gpuworker.engine.support import difference, pixels, plain, render_alone, render_together
from tests.gpuworker.tiny import write_sd1, write_sdxl

PICTURE = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
MASK = Image.new("L", (64, 64))
ImageDraw.Draw(MASK).rectangle((16, 8, 39, 47), fill=255)
WEIGHTS = "diffusion_pytorch_model.safetensors"
NINE = {"in_channels": 9}


@pytest.fixture(scope="module")
def filling(tmp_path_factory: pytest.TempPathFactory) -> CheckpointStore:
    folder = tmp_path_factory.mktemp("filling")
    write_sd1(folder / "sd1", "v_prediction", unet=NINE)
    write_sdxl(folder / "sdxl", unet=NINE)
    return CheckpointStore(folder, "cpu")


def stock(store: CheckpointStore, name: str, monkeypatch: pytest.MonkeyPatch) -> Image.Image:
    """Diffusers' own pipeline with all of a picture masked, by the likeliest latents instead of a sample."""
    monkeypatch.setattr(DiagonalGaussianDistribution, "sample", lambda self, generator=None: self.mean)
    checkpoint, request = store.get(name), plain(checkpoint=name, negative_prompt="mud")
    model: Any = checkpoint.model
    scheduler = new_scheduler(request.sampler, checkpoint.scheduler_config, request.steps)
    parts = {**model.networks, "tokenizer": model.tokenizer, "scheduler": scheduler}
    if name == "sdxl":
        parts |= {"tokenizer_2": model.tokenizer_2, "add_watermarker": False}
        pipeline: Any = StableDiffusionXLInpaintPipeline(**parts)
    else:
        pipeline = StableDiffusionInpaintPipeline(
            **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    pipeline.set_progress_bar_config(disable=True)
    noise, _ = draw(request.noise, (1, 4, 8, 8))
    made: Image.Image = pipeline(
        request.prompt,
        image=PICTURE,
        mask_image=Image.new("L", PICTURE.size, 255),
        negative_prompt=request.negative_prompt,
        width=64,
        height=64,
        strength=1.0,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        latents=noise,
    ).images[0]
    return made


@pytest.mark.parametrize("name", ["sd1", "sdxl"])
def test_from_words_they_draw_what_diffusers_draws_where_all_is_masked(
    filling: CheckpointStore, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "for inpainting" in check(name, filling.folder)
    request = plain(checkpoint=name, negative_prompt="mud")
    masked = replace(request, start=Start(PICTURE, 1.0, Image.new("L", (64, 64), 255)))
    expected = stock(filling, name, monkeypatch)
    assert difference(render_alone(filling, request), expected) <= 1
    assert difference(render_alone(filling, masked), expected) <= 1


def test_a_mask_shows_the_model_what_stays_and_what_does_not(
    filling: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    model: Any = filling.get("sd1").model
    seen: list[torch.Tensor] = []
    real = model.unet.forward

    def spy(sample: torch.Tensor, *rest: Any, **options: Any) -> Any:
        seen.append(sample.clone())
        return real(sample, *rest, **options)

    render_alone(filling, plain(checkpoint="sd1"))  # what passes take is measured before
    monkeypatch.setattr(model.unet, "forward", spy)
    request = plain(checkpoint="sd1", start=Start(PICTURE, 1.0, MASK), steps=2)
    made = render_alone(filling, request)
    kept = torch.from_numpy(pixels(PICTURE)).permute(2, 0, 1)[None].float() / 127.5 - 1
    kept[..., 8:48, 16:40] = 0
    with torch.inference_mode():
        latents = model.encode(kept)
    assert len(seen) == 2
    for sample in seen:
        assert sample.shape == (2, 9, 8, 8)
        for row in sample:
            assert row[4].sum() == row[4, 1:6, 2:5].sum() == 15
            assert torch.allclose(row[5:], latents[0], atol=1e-5)
    assert difference(made, render_alone(filling, plain(checkpoint="sd1", steps=2))) > 3


def test_masks_and_words_share_batches_without_seeing_each_other(filling: CheckpointStore) -> None:
    words = plain(checkpoint="sd1", prompt="a cat")
    masked = plain(checkpoint="sd1", start=Start(PICTURE, 0.8, MASK), sampler=Sampler.DPMPP_2M)
    other = plain(checkpoint="sd1", start=Start(PICTURE.rotate(90), 1.0, MASK.rotate(90)))
    requests = [words, masked, other]
    together = render_together(filling, requests)
    for request, picture in zip(requests, together, strict=True):
        assert difference(picture, render_alone(filling, request)) <= 1


def test_with_no_weight_on_what_is_added_it_is_the_same_checkpoint(
    checkpoints_folder: Path, checkpoints: CheckpointStore, tmp_path: Path
) -> None:
    """Both ways to fill a mask agree where the mask and the masked picture say nothing."""
    shutil.copytree(checkpoints_folder / "tiny", tmp_path / "nine")
    config, weights = (tmp_path / "nine" / "unet" / name for name in ("config.json", WEIGHTS))
    config.write_text(json.dumps(json.loads(config.read_text()) | NINE))
    tensors = load_file(weights)
    first = tensors["conv_in.weight"]
    tensors["conv_in.weight"] = torch.cat([first, torch.zeros(len(first), 5, 3, 3)], dim=1)
    save_file(tensors, weights, {"format": "pt"})
    nine = CheckpointStore(tmp_path, "cpu")
    for start in (None, Start(PICTURE, 1.0, MASK), Start(PICTURE, 0.6)):
        one = render_alone(checkpoints, plain(start=start))
        assert difference(one, render_alone(nine, plain(checkpoint="nine", start=start))) == 0
