"""Trains the pocket CLIPSeg from the pocket CLIP: `python -m gpuworker.pocket.word_masks.train`."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import CLIPModel, CLIPSegForImageSegmentation, CLIPTokenizer

from gpuworker.pocket.checkpoint.autoencoder import to_tensor
from gpuworker.pocket.checkpoint.tokenizer import encode
from gpuworker.pocket.clip.map_head import MapHead
from gpuworker.pocket.clip.network import CLIP
from gpuworker.pocket.clip.train import MAPS_WEIGHT, wear
from gpuworker.pocket.commands import begin_training, training_parser
from gpuworker.pocket.corpus import draw_maps
from gpuworker.pocket.loop import Budget, train
from gpuworker.pocket.word_masks.network import CLIPSEG, PATCH, new_word_masks, save_word_masks
from gpuworker.pocket.word_masks.phrases import choose
from gpuworker.pocket.world.captions import part_phrases
from gpuworker.pocket.world.drawing import draw
from gpuworker.pocket.world.scene import COLOURS, KINDS, training_scene

_PICTURES = 8
_SIDED = [f"{side} {part}" for side in ("left", "right") for part in ("eye", "arm", "hand", "leg")]
_MAP_NAMES = (*KINDS, *COLOURS, "head", "hair", "face", "mouth", "torso", *_SIDED)
_CELLS = 64
"""Across a map: as fine as an eye."""
_PHRASES = 4
_PEAK = 1.5e-3
_SMALL = 200.0
"""Pixels. A mask's errors count as shares of its area, but of no less than this."""


def find_logits(masks: CLIPSegForImageSegmentation, states: Sequence[Tensor], ids: Tensor) -> Tensor:
    """Logits (N * K, H, W) of K phrases (N * K, length) for each of N pictures, as the image tower sees them.

    What the model does itself, but with gradients for its towers, and once for all phrases of a picture.
    `states` are those before the image tower's first layer and after each of them, (N, 1 + tokens, width).
    """
    read = [states[i + 1].repeat_interleave(len(ids) // len(states[0]), 0) for i in masks.extract_layers]
    words = masks.clip.text_projection(masks.clip.text_model(ids).pooler_output)
    logits: Tensor = masks.decoder(read, words).logits
    return logits


def mask_losses(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy and Dice loss (Milletari et al., arXiv 1606.04797) of masks (N, H, W).

    Both go by a mask's own area, so that a hand weighs as much as a house. Dice says nothing of empty masks.
    """
    areas = truth.sum((1, 2))
    wrong = F.binary_cross_entropy_with_logits(logits, truth, reduction="none").sum((1, 2))
    found = logits.sigmoid()
    overlap = (2 * (found * truth).sum((1, 2)) + 1) / (found.sum((1, 2)) + areas + 1)
    return (wrong / (areas + _SMALL)).mean(), (1 - overlap)[areas > 0].mean()


def _draw_batch(rng: Random) -> tuple[Tensor, Tensor, list[str], Tensor]:
    """Pictures and their maps, and for each `_PHRASES` phrases with their masks (N * K, 128, 128)."""
    drawings = [draw(training_scene(rng), rng.getrandbits(32)) for _ in range(_PICTURES)]
    others = list(dict.fromkeys(phrase for drawing in drawings for phrase, _ in part_phrases(drawing)))
    chosen = [pair for drawing in drawings for pair in choose(drawing, _PHRASES, others, rng)]
    pictures = wear(to_tensor(np.stack([drawing.pixels for drawing in drawings])), rng)
    truth = torch.tensor(np.stack([mask for _, mask in chosen])).float()
    maps = (
        torch.tensor(np.stack([draw_maps(drawing, _MAP_NAMES, _CELLS) for drawing in drawings])).float() / 255
    )
    return pictures, maps, [phrase for phrase, _ in chosen], truth


def train_word_masks(
    clip: CLIPModel, tokenizer: CLIPTokenizer, folder: Path, budget: Budget, device: str
) -> CLIPSegForImageSegmentation:
    """Train decoder and towers together: the pocket CLIP, unlike the real one, has not seen all there is."""
    masks, teacher = (
        new_word_masks(clip, tokenizer).to(device),
        MapHead(PATCH, len(_MAP_NAMES), _CELLS).to(device),
    )
    towers = list(masks.clip.parameters())
    new = [*masks.decoder.parameters(), *teacher.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": new, "peak": _PEAK}, {"params": towers, "peak": _PEAK / 2}],
        betas=(0.9, 0.98),
        weight_decay=0.02,
        fused=True,
    )

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, maps, phrases, truth = _draw_batch(Random(number))
        ids = torch.tensor(encode(tokenizer, phrases, length=None), device=device)
        seen = masks.clip.vision_model(pictures.to(device), output_hidden_states=True)
        logits, truth = find_logits(masks, seen.hidden_states, ids), truth.to(device)
        wrong, dice = mask_losses(logits, truth)
        covered = teacher.loss(seen.last_hidden_state[:, 1:], maps.to(device))
        found, there = logits.detach() > 0, truth > 0
        both, either = ((found & there).sum((1, 2)), (found | there).sum((1, 2)))
        asked = there.any(2).any(1)
        shown = {"cross-entropy": wrong, "dice": dice, "maps": covered}
        shown["IoU"] = (both / either.clamp(min=1))[asked].mean()
        return wrong + dice + MAPS_WEIGHT * covered, {name: value.detach() for name, value in shown.items()}

    train({"masks": masks, "teacher": teacher}, optimiser, step, budget, folder / "word-masks.pt")
    return masks.eval()


def main() -> None:
    """Train for the rest of the minutes, on from where an earlier run was stopped, and write the weights."""
    parser = training_parser("gpuworker.pocket.word_masks.train", __doc__, minutes=90, weights=CLIPSEG)
    parser.add_argument("--clip", type=Path, default=CLIP, help="folder of the CLIP to begin with")
    args = parser.parse_args()
    begin_training()
    clip, tokenizer = CLIPModel.from_pretrained(args.clip), CLIPTokenizer.from_pretrained(args.clip)
    masks = train_word_masks(clip, tokenizer, args.out, Budget(args.minutes), args.device)
    save_word_masks(masks, tokenizer, args.weights)


if __name__ == "__main__":
    main()
