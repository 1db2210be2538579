"""A family is added to the table and nowhere else: here one that no other file knows, with a transformer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, PixArtTransformer2DModel
from PIL import Image
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from gpuworker.checkpoints.check import available, check
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.batch import to_picture
from gpuworker.engine.noise import draw
from gpuworker.engine.request import Request
from gpuworker.engine.samplers import new_scheduler
from gpuworker.families.autoencoder import Autoencoder
from gpuworker.families.family import Family, Network
from gpuworker.families.model import Rows, WeightedText
from gpuworker.families.table import FAMILIES
from gpuworker.families.text_encoding import encode
from gpuworker.registry import Entry
from storage.samplers import Sampler
from storage.weighting import Weighting
from tests.gpuworker.engine.support import difference, plain, render_alone, render_together, weighted
from tests.gpuworker.tiny import SCHEDULE, WIDTH, new_tokenizer, new_tower, new_vae


@dataclass(frozen=True, eq=False)
class MadeUp:
    """A transformer on the latents of an autoencoder, which takes the shape of the picture."""

    transformer: PixArtTransformer2DModel
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    loudness: float

    text_widths = (WIDTH,)
    latent_channels = 4
    pixels_per_latent = 8
    side = 64
    is_guidance_distilled = False
    fills_masks = False

    @property
    def networks(self) -> Mapping[str, Any]:
        return {"transformer": self.transformer, "vae": self.vae, "text_encoder": self.text_encoder}

    @property
    def autoencoder(self) -> Autoencoder:
        return Autoencoder(self.vae)

    def pipeline(self) -> Any:
        raise NotImplementedError

    def encode_prompt(self, text: WeightedText, weighting: Weighting = Weighting.DARKROOM) -> Rows:
        def run(tokens: Tensor, mask: Tensor | None) -> Rows:
            return (self.text_encoder(tokens, attention_mask=mask)[0],)

        (states,) = encode(text, self.tokenizer, self.text_encoder, run, weighting=weighting)
        return (self.loudness * states,)

    def added_conditioning(self, width: int, height: int, guidance_scale: float) -> Rows:
        return (torch.tensor([[width / height]]),)

    def denoise(self, latents: Tensor, timesteps: Tensor, *conditioning: Tensor) -> Tensor:
        states, shapes = conditioning
        timesteps = timesteps.expand(len(latents))
        unused = {"resolution": None, "aspect_ratio": None}
        predicted: Tensor = self.transformer(
            latents, states * shapes.unsqueeze(-1), timesteps, unused, return_dict=False
        )[0]
        return predicted

    def canvas(self, pixels: Tensor, mask: Tensor, tile: int | None) -> Tensor:
        raise NotImplementedError

    def decode(self, latents: Tensor, tile: int | None = None) -> Tensor:
        return self.autoencoder.decode(latents, tile)

    def encode(self, pixels: Tensor, tile: int | None = None) -> Tensor:
        return self.autoencoder.encode(pixels, tile)


MADE_UP = Family(
    name="made-up",
    title="A made-up family",
    pipelines=("MadeUpPipeline",),
    denoiser="transformer",
    networks={
        "transformer": Network("diffusers", "PixArtTransformer2DModel"),
        "vae": Network("diffusers", "AutoencoderKL"),
        "text_encoder": Network("transformers", "CLIPTextModel"),
    },
    tokenizers={"tokenizer": "<|endoftext|>"},
    side=128,
    new_model=MadeUp,
    pipeline_options={"loudness": 6.0},
)


def write_made_up(folder: Path) -> None:
    torch.manual_seed(3)
    tokenizer = new_tokenizer()
    transformer = PixArtTransformer2DModel(
        num_attention_heads=2,
        attention_head_dim=8,
        out_channels=4,
        num_layers=1,
        cross_attention_dim=16,
        sample_size=8,
        caption_channels=WIDTH,
        use_additional_conditions=False,
    )
    parts = {
        "transformer": transformer,
        "vae": new_vae(),
        "text_encoder": CLIPTextModel(new_tower(tokenizer)),
        "tokenizer": tokenizer,
        "scheduler": DDIMScheduler(**SCHEDULE, clip_sample=False),
    }
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "MadeUpPipeline", "loudness": 9}))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckpointStore]:
    """A store of one checkpoint of the family, which is in the table as long as this file is tested."""
    folder = tmp_path_factory.mktemp("made-up")
    write_made_up(folder / "new")
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(FAMILIES, "made-up", MADE_UP)
        yield CheckpointStore(folder, "cpu")


def test_its_folder_is_checked(store: CheckpointStore) -> None:
    assert "new" in available(store.folder)
    assert check("new", store.folder).startswith("A made-up family, epsilon, ")
    weights = (store.folder / "new/transformer/diffusion_pytorch_model.safetensors").read_bytes()
    assert store.describe("new").hash == store.get("new").hash == hashlib.sha256(weights).hexdigest()
    assert store.describe("new").side == store.get("new").model.side == 64


def test_it_is_loaded_with_what_its_index_says(store: CheckpointStore) -> None:
    model: Any = store.get("new").model
    assert isinstance(model, MadeUp)
    assert model.loudness == 9
    assert store.get("new").family is MADE_UP


def test_its_pictures_are_those_of_a_loop_by_hand_whoever_shares_the_batch(store: CheckpointStore) -> None:
    requests = [
        plain(checkpoint="new", seed=1, negative_prompt="mud"),
        plain(checkpoint="new", seed=2, prompt="a blue boat", sampler=Sampler.DPMPP_2M, steps=5),
        plain(checkpoint="new", seed=3, width=96, guidance_scale=2.0),
    ]
    for request, picture in zip(requests, render_together(store, requests), strict=True):
        assert difference(picture, by_hand(store.get("new"), request)) <= 1
    other = plain(checkpoint="new", seed=1, prompt="a blue boat", negative_prompt="mud")
    assert difference(render_alone(store, other), render_alone(store, requests[0])) > 2, "prompts count"


@torch.inference_mode()
def by_hand(checkpoint: Checkpoint, request: Request) -> Image.Image:
    """What the request asks for, without the engine."""
    model: Any = checkpoint.model
    latents, _ = draw(request.noise, (1, 4, request.height // 8, request.width // 8))
    scheduler = new_scheduler(request.sampler, checkpoint.scheduler_config, request.steps)
    latents = latents * scheduler.init_noise_sigma
    shape = request.width / request.height
    texts = (request.prompt, request.negative_prompt)
    wanted, unwanted = (shape * model.encode_prompt(weighted(text))[0] for text in texts)
    for time in scheduler.timesteps:
        both = [
            model.transformer(
                scheduler.scale_model_input(latents, time),
                states,
                time.reshape(1).float(),
                {"resolution": None, "aspect_ratio": None},
            ).sample
            for states in (wanted, unwanted)
        ]
        predicted = both[1] + request.guidance_scale * (both[0] - both[1])
        latents = scheduler.step(predicted, time, latents).prev_sample
    return to_picture(model.vae.decode(latents / model.vae.config.scaling_factor).sample)


def test_the_registry_knows_its_name(store: CheckpointStore) -> None:
    entry = {
        "name": "mine",
        "title": "Mine",
        "kind": "lora",
        "licence": "mine",
        "memory": 1,
        "package": "mine",
    }
    assert Entry.model_validate({**entry, "family": "made-up"}).family == "made-up"
    assert {"sd1", "sd2", "sdxl", "made-up"} <= set(FAMILIES)
    with pytest.raises(ValueError, match=f"must be one of {', '.join(FAMILIES)}"):
        Entry.model_validate({**entry, "family": "sdx"})


def test_a_folder_of_no_family_is_told_which_ones_are_served(store: CheckpointStore, tmp_path: Path) -> None:
    write_made_up(tmp_path / "other")
    (tmp_path / "other" / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')
    *others, last = (re.escape(family.title) for family in FAMILIES.values())
    assert last == re.escape("A made-up family")
    with pytest.raises(CheckpointError, match=f"FluxPipeline; .* of {', '.join(others)} and {last}:"):
        check("other", tmp_path)
