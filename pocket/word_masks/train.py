"""Trains the pocket CLIPSeg from the pocket CLIP: `python -m pocket.word_masks.train`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPModel, CLIPSegForImageSegmentation, CLIPTokenizer

from pocket.checkpoint.tokenizer import encode
from pocket.clip.network import CLIP
from pocket.clip.train import wear
from pocket.commands import begin_training, training_parser
from pocket.loop import Budget, train
from pocket.tensors import to_tensor
from pocket.word_masks.network import CLIPSEG, PATCH, new_word_masks, open_decoder, save_word_masks
from pocket.word_masks.phrases import choose
from pocket.word_masks.sight import Naming, Sight, draw_labels
from pocket.world.captions import part_phrases
from pocket.world.drawing import SIZE, draw
from pocket.world.scene import training_scene

_PICTURES = 12
_FEW_PHRASES = 4
_PHRASES = 6
_HEARD = 100
"""Pictures by which the decoder is begun."""
_PEAK = 1.5e-3
_SMALL = 200.0
"""Pixels. A mask's errors count as shares of its area, but of no less than this."""


def read_words(masks: CLIPSegForImageSegmentation, tokenizer: CLIPTokenizer, phrases: list[str]) -> Tensor:
    """Vectors of phrases (N, WIDTH) as the decoder gets them, with gradients for the text tower."""
    ids = torch.tensor(encode(tokenizer, phrases, length=None), device=masks.device)
    words: Tensor = masks.clip.text_projection(masks.clip.text_model(ids).pooler_output)
    return words


def find_logits(masks: CLIPSegForImageSegmentation, states: Sequence[Tensor], words: Tensor) -> Tensor:
    """Give the logits (N * K, SIZE, SIZE) of K phrases (N * K, WIDTH) for each of N pictures.

    What the model does itself, but with gradients for its towers, and once for all phrases of a picture.
    `states` are those before the image tower's first layer and after each of them, (N, 1 + tokens, width).
    """
    read = [states[i + 1].repeat_interleave(len(words) // len(states[0]), 0) for i in masks.extract_layers]
    logits = masks.decoder(read, words).logits
    return F.interpolate(logits[:, None], (SIZE, SIZE), mode="bilinear")[:, 0]


def mask_losses(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Give the cross-entropy and Dice loss (Milletari et al., arXiv 1606.04797) of masks (N, H, W).

    Both go by a mask's own area, so that a hand weighs as much as a house. Dice says nothing of empty masks.
    """
    areas = truth.sum((1, 2))
    wrong = F.binary_cross_entropy_with_logits(logits, truth, reduction="none").sum((1, 2))
    found = logits.sigmoid()
    overlap = (2 * (found * truth).sum((1, 2)) + 1) / (found.sum((1, 2)) + areas + 1)
    return (wrong / (areas + _SMALL)).mean(), (1 - overlap)[areas > 0].mean()


@dataclass(frozen=True)
class _Batch:
    """Pictures (N, 3, 128, 128), their labels, K phrases for each, and what those mean (N * K, 128, 128)."""

    pictures: Tensor
    labels: Tensor
    phrases: list[str]
    truth: Tensor

    @classmethod
    def draw(cls, pictures: int, phrases: int, rng: Random) -> _Batch:
        drawings = [draw(training_scene(rng), rng.getrandbits(32)) for _ in range(pictures)]
        others = list(dict.fromkeys(phrase for drawing in drawings for phrase, _ in part_phrases(drawing)))
        chosen = [pair for drawing in drawings for pair in choose(drawing, phrases, others, rng)]
        return cls(
            wear(to_tensor(np.stack([drawing.pixels for drawing in drawings])), rng),
            torch.tensor(np.stack([draw_labels(drawing) for drawing in drawings])),
            [phrase for phrase, _ in chosen],
            torch.tensor(np.stack([mask for _, mask in chosen])).float(),
        )


class Teacher(nn.Module):
    """What is thrown away after training: heads that have the towers tell what they see and read."""

    def __init__(self) -> None:
        super().__init__()
        self.sight, self.naming = Sight(PATCH), Naming()


def train_towers(
    masks: CLIPSegForImageSegmentation, teacher: Teacher, tokenizer: CLIPTokenizer, path: Path, budget: Budget
) -> None:
    """Have the image tower see things and parts, and the text tower name them, each for itself.

    The pocket CLIP, unlike the real one, has not seen all there is. Learned with the decoder from the start,
    it never does: masks of what it cannot see teach it to find nothing.
    """
    optimiser = _optimiser([(teacher.parameters(), _PEAK), (masks.clip.parameters(), _PEAK)])

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        batch = _Batch.draw(_PICTURES, _FEW_PHRASES, Random(number))
        labels = batch.labels.to(masks.device)
        seen = masks.clip.vision_model(batch.pictures.to(masks.device))
        things, paints = teacher.sight.losses(seen.last_hidden_state[:, 1:], labels)
        named = teacher.naming.loss(
            read_words(masks, tokenizer, batch.phrases), batch.truth.to(masks.device), labels
        )
        shown = {"things": things, "colours": paints, "named": named}
        return things + paints / 2 + named, {name: value.detach() for name, value in shown.items()}

    train({"towers": masks.clip, "teacher": teacher}, optimiser, step, budget, path)


def train_word_masks(
    masks: CLIPSegForImageSegmentation, teacher: Teacher, tokenizer: CLIPTokenizer, path: Path, budget: Budget
) -> None:
    """Train the decoder, and the towers further, on what phrases mean in pictures."""
    with torch.no_grad():
        batch = _Batch.draw(_HEARD, _FEW_PHRASES, Random("heard"))
        seen = masks.clip.vision_model(batch.pictures.to(masks.device))
        words = read_words(masks, tokenizer, batch.phrases)
        open_decoder(masks, seen.last_hidden_state.flatten(0, 1), words)
    optimiser = _optimiser(
        [
            ([*masks.decoder.parameters(), *teacher.parameters()], _PEAK),
            (masks.clip.parameters(), _PEAK / 3),
        ]
    )

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        batch = _Batch.draw(_PICTURES, _PHRASES, Random(f"words {number}"))
        labels, truth = batch.labels.to(masks.device), batch.truth.to(masks.device)
        seen = masks.clip.vision_model(batch.pictures.to(masks.device), output_hidden_states=True)
        words = read_words(masks, tokenizer, batch.phrases)
        logits = find_logits(masks, seen.hidden_states, words)
        wrong, dice = mask_losses(logits, truth)
        things, paints = teacher.sight.losses(seen.last_hidden_state[:, 1:], labels)
        named = teacher.naming.loss(words, truth, labels)
        found, there = logits.detach() > 0, truth > 0
        both, either = ((found & there).sum((1, 2)), (found | there).sum((1, 2)))
        shown = {"cross-entropy": wrong, "dice": dice, "things": things, "colours": paints, "named": named}
        shown["IoU"] = (both / either.clamp(min=1))[there.any(2).any(1)].mean()
        loss = wrong + dice + things + paints / 2 + named
        return loss, {name: value.detach() for name, value in shown.items()}

    train({"masks": masks, "teacher": teacher}, optimiser, step, budget, path)


def _optimiser(groups: Iterable[tuple[Iterable[nn.Parameter], float]]) -> torch.optim.Optimizer:
    """For groups of weights with their highest learning rates."""
    told = [{"params": list(weights), "peak": peak} for weights, peak in groups]
    return torch.optim.AdamW(told, betas=(0.9, 0.98), weight_decay=0.02, fused=True)


def main() -> None:
    """Train for the rest of the minutes, on from where an earlier run was stopped, and write the weights."""
    parser = training_parser("pocket.word_masks.train", __doc__, minutes=85, weights=CLIPSEG)
    parser.add_argument("--clip", type=Path, default=CLIP, help="folder of the CLIP to begin with")
    parser.add_argument("--tower-minutes", type=float, default=23, help="for the towers alone, before that")
    args = parser.parse_args()
    begin_training()
    clip, tokenizer = CLIPModel.from_pretrained(args.clip), CLIPTokenizer.from_pretrained(args.clip)
    masks, teacher = new_word_masks(clip, tokenizer).to(args.device), Teacher().to(args.device)
    train_towers(masks, teacher, tokenizer, args.out / "towers.pt", Budget(args.tower_minutes))
    train_word_masks(masks, teacher, tokenizer, args.out / "word-masks.pt", Budget(args.minutes))
    save_word_masks(masks.eval(), tokenizer, args.weights)


if __name__ == "__main__":
    main()
