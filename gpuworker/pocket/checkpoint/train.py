"""Trains the pocket checkpoint and its judge from nothing: `python -m gpuworker.pocket.checkpoint.train`."""

import argparse
import logging
from pathlib import Path

import torch

from gpuworker.pocket import CHECKPOINT
from gpuworker.pocket.checkpoint.autoencoder import train_autoencoder, train_decoder
from gpuworker.pocket.checkpoint.denoiser import new_scheduler, train_denoiser
from gpuworker.pocket.checkpoint.export import export
from gpuworker.pocket.checkpoint.latents import fit_preview, load_latents, normalise
from gpuworker.pocket.checkpoint.text_tower import train_text_tower
from gpuworker.pocket.checkpoint.tokenizer import new_tokenizer
from gpuworker.pocket.corpus import load_corpus
from gpuworker.pocket.judge import JUDGE, save_judge, train_judge
from gpuworker.pocket.loop import Budget


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gpuworker.pocket.checkpoint.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for drawings and unfinished training")
    parser.add_argument("--weights", type=Path, default=CHECKPOINT, help="folder for the checkpoint")
    parser.add_argument("--judge", type=Path, default=JUDGE, help="file for the judge")
    parser.add_argument("--autoencoder-minutes", type=float, default=20)
    parser.add_argument("--text-minutes", type=float, default=5)
    parser.add_argument("--judge-minutes", type=float, default=4)
    parser.add_argument("--denoiser-minutes", type=float, default=75)
    parser.add_argument("--decoder-minutes", type=float, default=8)
    parser.add_argument("--steps", type=int, default=10**9, help="the most steps that a stage makes")
    parser.add_argument("--drawings", type=int, default=28_000)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def main() -> None:
    """Run every stage, each on from where an earlier run was stopped."""
    args = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    torch.manual_seed(1)
    out, device = args.out, args.device
    tokenizer = new_tokenizer()
    corpus = load_corpus(out, args.drawings)
    vae = train_autoencoder(corpus, out, Budget(args.autoencoder_minutes, args.steps), device)
    tower = train_text_tower(tokenizer, out, Budget(args.text_minutes, args.steps), device)
    judge = train_judge(corpus, out, Budget(args.judge_minutes, args.steps), device)
    save_judge(judge, args.judge)
    normalise(vae, corpus, device)
    latents = load_latents(vae, corpus, out, device)
    budget = Budget(args.denoiser_minutes, args.steps)
    unet = train_denoiser(corpus, latents, tokenizer, tower, out, budget, device)
    decoder_budget = Budget(args.decoder_minutes, args.steps)
    train_decoder(vae, corpus, latents, out, decoder_budget, device)
    preview = fit_preview(latents, corpus)
    export(args.weights, vae.cpu(), tower.cpu(), tokenizer, unet.cpu(), new_scheduler(), preview)


if __name__ == "__main__":
    main()
