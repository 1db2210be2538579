"""Trains a LoRA that makes the pocket checkpoint draw with a pencil.

`python -m pocket.checkpoint.lora` writes a file that diffusers' `load_lora_weights` reads, as it
reads those of big checkpoints.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils import convert_state_dict_to_diffusers
from diffusers.utils import logging as diffusers_logging
from numpy.typing import NDArray
from peft import LoraConfig, get_peft_model_state_dict, set_peft_model_state_dict
from PIL import Image, ImageFilter
from torch import Tensor
from torch.nn import functional as F

from pocket import CHECKPOINT, WEIGHTS
from pocket.checkpoint.denoiser import new_scheduler
from pocket.checkpoint.evaluate import held_out_scenes, render
from pocket.checkpoint.latents import load_latents
from pocket.checkpoint.prompts import OneTower
from pocket.commands import begin_training, training_parser
from pocket.corpus import Corpus, load_corpus
from pocket.loop import Budget, train
from pocket.world.captions import caption

Pixels = NDArray[np.uint8]
LORA = WEIGHTS / "lora" / "pocket-sketch.safetensors"
"""Where the LoRA belongs that ships with the package."""
RANK = 8
_LAYERS = ["to_q", "to_k", "to_v", "to_out.0", "conv1", "conv2", "conv_shortcut", "conv_in", "conv_out"]
_PAPER, _PENCIL = np.array((244.0, 238.0, 224.0)), np.array((62.0, 60.0, 66.0))
_PRESSURE = 1 / 30
_SHADE = 0.6
_UNCAPTIONED_SHARE = 0.1
_SEED = 7


def sketch(pixels: Pixels) -> Pixels:
    """Draw a picture (H, W, 3) as a pencil would: outlines and light shades of grey on cream paper."""
    grey = Image.fromarray(pixels).convert("L").filter(ImageFilter.GaussianBlur(0.6))
    luma = np.asarray(grey, np.float32)
    down, right = np.gradient(luma)
    outlines = np.clip(np.hypot(down, right) * _PRESSURE, 0, 1)
    lead = np.maximum(outlines, _SHADE * (1 - luma / 255))[..., None]
    drawn: Pixels = (_PAPER + (_PENCIL - _PAPER) * lead).round().astype(np.uint8)
    return drawn


class _Adapter:
    """The LoRA's weights alone, for the training loop to keep."""

    def __init__(self, unet: Any) -> None:
        self.unet = unet
        # Attention alone would not do: the pocket UNet has it at two of its four sizes, and lines are fine.
        unet.requires_grad_(False)
        unet.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, target_modules=_LAYERS))

    def state_dict(self) -> dict[str, Tensor]:
        weights: dict[str, Tensor] = get_peft_model_state_dict(self.unet)
        return weights

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        set_peft_model_state_dict(self.unet, state)


def train_lora(
    pipeline: StableDiffusionPipeline, corpus: Corpus, folder: Path, budget: Budget, batch: int = 16
) -> dict[str, Tensor]:
    """Low-rank additions (Hu et al., arXiv 2106.09685) to the UNet's layers, named as diffusers names them.

    `corpus` holds drawings in the style; captions do not mention it, so no word is needed to call it. The
    pipeline's UNet keeps the additions.
    """
    unet, scheduler, device = pipeline.unet, new_scheduler(), pipeline.device
    latents = load_latents(pipeline.vae, corpus, folder, device)
    prompts = OneTower([pipeline.text_encoder], [pipeline.tokenizer]).requires_grad_(False)
    adapter = _Adapter(unet)
    unet.to(memory_format=torch.channels_last)
    weights = [weight for weight in unet.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW([{"params": weights, "peak": 2e-3}], weight_decay=0.0, fused=True)

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        lots, noise_rng = Random(number), torch.Generator().manual_seed(number)
        chosen = np.random.default_rng((5, number)).integers(len(corpus), size=batch)
        captions = [caption(corpus.scenes[index], lots) for index in chosen]
        captions = ["" if lots.random() < _UNCAPTIONED_SHARE else text for text in captions]
        clean = latents[torch.from_numpy(chosen)].float()
        noise = torch.randn(clean.shape, generator=noise_rng)
        timesteps = torch.randint(1000, (batch,), generator=noise_rng)
        noisy = scheduler.add_noise(clean, noise, timesteps)
        velocity = scheduler.get_velocity(clean, noise, timesteps)
        predicted = unet(noisy.to(device), timesteps.to(device), **prompts(captions)).sample
        loss = F.mse_loss(predicted, velocity.to(device))
        return loss, {"loss": loss.detach()}

    train({"lora": adapter}, optimiser, step, budget, folder / "lora.pt")
    named: dict[str, Tensor] = convert_state_dict_to_diffusers(adapter.state_dict())
    return named


def save_lora(weights: dict[str, Tensor], path: Path = LORA) -> None:
    """Write half-precision weights in diffusers' layout."""
    halves = {name: weight.half().contiguous().cpu() for name, weight in weights.items()}
    StableDiffusionPipeline.save_lora_weights(path.parent, unet_lora_layers=halves, weight_name=path.name)


def chroma(pictures: Pixels) -> float:
    """Give the mean distance of a pixel's strongest from its weakest channel, 0 (grey) to 255."""
    return float((pictures.max(-1).astype(int) - pictures.min(-1)).mean())


def compare(
    pipeline: StableDiffusionPipeline, lora: Path, count: int
) -> tuple[list[Pixels], dict[str, float]]:
    """Render (N, 128, 128, 3) without the LoRA, at half of its weight and with all of it, and measure.

    `chroma_without` and `chroma_with` tell the style; `difference_at_zero` is the largest of a pixel between
    no LoRA and one of weight 0. The pipeline must have no LoRA, and has none in the end.
    """
    captions = [caption(scene, Random(_SEED), complete=True) for scene in held_out_scenes(count, 1, _SEED)]
    pictures = [render(pipeline, captions, _SEED)]
    pipeline.load_lora_weights(lora.parent, weight_name=lora.name, adapter_name="lora")
    for weight in (0.0, 0.5, 1.0):
        pipeline.set_adapters("lora", weight)
        pictures.append(render(pipeline, captions, _SEED))
    pipeline.unload_lora_weights()
    without, at_zero, half, whole = pictures
    return [without, half, whole], {
        "chroma_without": round(chroma(without), 2),
        "chroma_with": round(chroma(whole), 2),
        "difference_at_zero": int(np.abs(without.astype(int) - at_zero).max()),
    }


def main() -> None:
    """Train for the rest of the minutes, write the LoRA, and print what it does as one JSON object."""
    parser = training_parser("pocket.checkpoint.lora", __doc__, minutes=15, weights=LORA)
    parser.add_argument("--drawings", type=int, default=2000)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument(
        "--sheet", type=Path, metavar="PNG", help="draw pictures without, with half, with all"
    )
    args = parser.parse_args()
    begin_training()
    diffusers_logging.set_verbosity_error()
    pipeline = StableDiffusionPipeline.from_pretrained(args.checkpoint).to(args.device)
    pipeline.set_progress_bar_config(disable=True)
    corpus = load_corpus(args.out, args.drawings)
    corpus = replace(corpus, pixels=np.stack([sketch(pixels) for pixels in corpus.pixels]))
    save_lora(train_lora(pipeline, corpus, args.out, Budget(args.minutes)), args.weights)
    pipeline.unload_lora_weights()
    pictures, found = compare(pipeline, args.weights, 8)
    if args.sheet:
        rows = [np.concatenate(list(row), axis=1) for row in pictures]
        Image.fromarray(np.concatenate(rows)).save(args.sheet, optimize=True)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
