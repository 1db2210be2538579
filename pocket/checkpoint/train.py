"""Trains the pocket checkpoints, from nothing or from earlier ones: `python -m pocket.checkpoint.train`.

What is unfinished lies in `--out`, and the same command goes on with it. With `--denoiser-minutes 0` it
writes the checkpoints as they are by then, while another process may be training on.
"""

import argparse
import logging
import time
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

from pocket import WEIGHTS
from pocket.checkpoint.autoencoder import train_autoencoder, train_decoder
from pocket.checkpoint.denoiser import (
    HEADS_WEIGHT,
    PEAK,
    inherit,
    new_scheduler,
    train_denoiser,
)
from pocket.checkpoint.editions import EDITIONS, Edition
from pocket.checkpoint.export import export, load_parts
from pocket.checkpoint.fresh import FIRST, FreshScenes
from pocket.checkpoint.latents import fit_preview, load_latents, normalise
from pocket.checkpoint.prompts import Prompts
from pocket.checkpoint.text_tower import train_text_tower
from pocket.checkpoint.widening import widen
from pocket.corpus import load_corpus
from pocket.judge import JUDGE, save_judge, train_judge
from pocket.loop import Budget
from pocket.world.drawing import SIZE

_BATCH = 16
"""Pictures of 128 x 128 px that a denoiser learns from at a time; of larger ones fewer, as many pixels."""
_FRESH_SHARE = 1 / 8
"""How many of those are drawn just now."""
_PEAK_AGAIN, _HEADS_AGAIN = 2.5e-4, 0.05
"""The learning rate, and the weight of what up-blocks must show, for a UNet that can draw already."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pocket.checkpoint.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for drawings and unfinished training")
    parser.add_argument("--editions", nargs="*", choices=list(EDITIONS), default=list(EDITIONS))
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder for the checkpoints")
    parser.add_argument(
        "--begin",
        type=Path,
        metavar="FOLDER",
        help="checkpoints to go on from: only denoisers are trained, and text towers along with them",
    )
    parser.add_argument("--half", action="store_true", help="train denoisers in bfloat16, for CPUs with AMX")
    parser.add_argument("--judge", type=Path, default=JUDGE, help="file for the judge")
    parser.add_argument("--autoencoder-minutes", type=float, default=40)
    parser.add_argument("--judge-minutes", type=float, default=4)
    parser.add_argument("--text-minutes", type=float, default=5, help="for each tower")
    parser.add_argument("--denoiser-minutes", type=float, default=90, help="for each edition")
    parser.add_argument("--decoder-minutes", type=float, default=20)
    parser.add_argument("--steps", type=int, default=10**9, help="the most steps that a stage makes")
    parser.add_argument("--drawings", type=int, default=36_000)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def main() -> None:
    """Run every stage, each on from where an earlier run was stopped."""
    args = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    torch.manual_seed(1)
    out, device = args.out, args.device
    if args.begin:
        for name in args.editions:
            _go_on(EDITIONS[name], args)
        return
    corpus = load_corpus(out, args.drawings)
    vae = train_autoencoder(corpus, out, Budget(args.autoencoder_minutes, args.steps), device)
    judge = train_judge(corpus, out, Budget(args.judge_minutes, args.steps), device)
    save_judge(judge, args.judge)
    normalise(vae, corpus, device)
    latents = load_latents(vae, corpus, out, device)
    preview: dict[str, Any] = {**fit_preview(latents, corpus)}
    # Only the decoder goes on: the latents, and with them the denoisers' world, stay as they are.
    train_decoder(vae, corpus, latents, out, Budget(args.decoder_minutes, args.steps), device)
    for name in args.editions:
        _train(EDITIONS[name], vae, preview, args)


def _train(edition: Edition, vae: AutoencoderKL, preview: dict[str, Any], args: argparse.Namespace) -> None:
    prompts, unet = edition.new_prompts().to(args.device), edition.new_unet().to(args.device)
    for place, (tower, tokenizer) in enumerate(zip(prompts.towers, prompts.tokenizers, strict=True)):
        path = args.out / f"{edition.name}-text-{place}.pt"
        train_text_tower(tower, tokenizer, path, Budget(args.text_minutes, args.steps))
    if edition.parent:
        parent = UNet2DConditionModel.from_pretrained(args.weights / edition.parent / "unet")
        inherit(unet, parent)
    _denoise(edition, vae, prompts, unet, args)
    _export(edition, vae, prompts, unet, preview, args)


def _go_on(edition: Edition, args: argparse.Namespace) -> None:
    """Keep a checkpoint's autoencoder, and begin with its own text towers and UNet, widened where it must be.

    What fits of a parent's UNet would not suit them: pocket-xl with pocket's was off by 0.25 instead of 0.13.
    """
    parts = load_parts(args.begin / edition.name)
    prompts, unet = edition.prompts_of(parts.towers, parts.tokenizers), edition.new_unet()
    widen(unet, parts.unet)
    vae = parts.vae.to(args.device).requires_grad_(False)
    prompts, unet = prompts.to(args.device), unet.to(args.device)
    _denoise(edition, vae, prompts, unet, args, peak=_PEAK_AGAIN, heads_weight=_HEADS_AGAIN)
    _export(edition, vae, prompts, unet, parts.preview, args)


def _denoise(
    edition: Edition,
    vae: AutoencoderKL,
    prompts: Prompts,
    unet: UNet2DConditionModel,
    args: argparse.Namespace,
    peak: float = PEAK,
    heads_weight: float = HEADS_WEIGHT,
) -> None:
    path, budget = args.out / f"{edition.name}-denoiser.pt", Budget(args.denoiser_minutes, args.steps)
    # A run that goes on draws other scenes than before it was stopped.
    batch = round(_BATCH * (SIZE / edition.side) ** 2)
    fresh = max(round(_FRESH_SHARE * batch), 1)
    scenes = FreshScenes(vae, edition.side, time.time_ns(), fresh, first=min(args.drawings, FIRST))
    train_denoiser(unet, prompts, scenes, path, budget, batch, args.half, peak, heads_weight)


def _export(
    edition: Edition,
    vae: AutoencoderKL,
    prompts: Prompts,
    unet: UNet2DConditionModel,
    preview: dict[str, Any],
    args: argparse.Namespace,
) -> None:
    export(args.weights / edition.name, vae.cpu(), prompts.cpu(), unet.cpu(), new_scheduler(), preview)


if __name__ == "__main__":
    main()
