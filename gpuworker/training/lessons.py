"""What a word is trained with: pictures as latents, several of each, and the words around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.families.model import Embedding, WeightedEmbedding, WeightedText
from moderation.prompt_language.fragments import Fragment
from moderation.scripts import MARKS
from storage.training import Subject

_SHIFT = 1 / 8
"""Of a side, by which a picture is moved at most: where a thing stands is nothing to learn."""
_SHIFTS = 3
_SUBJECT_WEIGHT = 4.0
_OPENINGS = {
    Subject.OBJECT: ("a {}", "{}", "a picture of a {}"),
    Subject.CHARACTER: ("{}", "a picture of {}"),
    Subject.STYLE: ("{}, in the style of {}", "{}, {} style"),
}
_SIDES = {"left": "right", "right": "left"}


@dataclass(frozen=True, eq=False)
class Lesson:
    """One picture: its `latents` in several variants (n, channels, h, w), and texts that go with each.

    `weights` (n, 1, h, w) say how much each cell counts, with a mean of 1. `texts` has the words before and
    after the trained one, a few for each variant.
    """

    latents: Tensor
    weights: Tensor
    texts: tuple[tuple[tuple[str, str], ...], ...]


def lesson_of(
    picture: Image.Image,
    mask: Image.Image,
    caption: str,
    word: str,
    subject: Subject,
    encode: Callable[[Tensor], Tensor],
    seed: int,
) -> Lesson:
    """Prepare a square picture: as it is and mirrored, each moved about.

    What the mask, 8-bit grey of the same size, shows white counts several times as much as the rest, about
    which captions say all there is to learn.

    `encode` turns pixels (n, 3, h, w), -1 to 1, into latents. Where a caption says left or right, a mirrored
    picture's says the other.
    """
    rng = np.random.default_rng(seed)
    variants, shown, texts = [], [], []
    for mirrored in (False, True):
        seen, where = (ImageOps.mirror(each) if mirrored else each for each in (picture, mask))
        said = _mirrored(caption) if mirrored else caption
        for _ in range(_SHIFTS):
            moved, masked = _moved((seen.convert("RGB"), where.convert("L")), rng)
            variants.append(pixels_of(moved))
            shown.append(torch.from_numpy(np.array(masked)).float()[None] / 255)
            texts.append(tuple(texts_around(said, word, subject)))
    latents = encode(torch.stack(variants)).float().cpu()
    cells = F.adaptive_avg_pool2d(torch.stack(shown), (latents.shape[-2], latents.shape[-1]))
    weights = 1 + _SUBJECT_WEIGHT * F.max_pool2d(cells, 3, stride=1, padding=1)
    return Lesson(latents, weights / weights.mean((2, 3), keepdim=True), tuple(texts))


def texts_around(caption: str, word: str, subject: Subject) -> list[tuple[str, str]]:
    """Give the words before and after the trained word, in several ways of saying them.

    A caption that names the word says itself where it belongs. For the style of a LoRA nothing is said, and
    `word` is empty: pictures have their captions then, or none, because these may take over what is to be
    learned. Of drawings in sepia CLIP says that they are of orange things in the desert.
    """
    if not word:
        return [(caption, ""), (caption, ""), ("", "")]
    named = re.compile(rf"(?<![\w{MARKS}-]){re.escape(word)}(?![\w{MARKS}-])", re.IGNORECASE)
    if found := named.search(caption):
        return [(caption[: found.start()], caption[found.end() :])]
    if subject is Subject.STYLE:
        said = [opening.format(caption or "a picture", "\0") for opening in _OPENINGS[subject]]
    else:
        said = [(opening.format("\0") + " " + caption).strip() for opening in _OPENINGS[subject]]
    parted = [each.partition("\0") for each in said]
    return [(before, after) for before, _, after in parted]


def text_of(around: tuple[str, str], vectors: tuple[Tensor, ...]) -> WeightedText:
    """Give a prompt with the vectors between the two texts."""
    before, after = around
    pieces = (Fragment(before), WeightedEmbedding(Embedding(vectors)), Fragment(after))
    return (tuple(piece for piece in pieces if isinstance(piece, WeightedEmbedding) or piece.text.strip()),)


def encoder_of(checkpoint: Checkpoint) -> Callable[[Tensor], Tensor]:
    """Give what turns pixels into latents on the checkpoint's device, without gradients."""

    def encode(pixels: Tensor) -> Tensor:
        with torch.no_grad():
            return checkpoint.encode_pixels(pixels.to(checkpoint.device))

    return encode


def _mirrored(caption: str) -> str:
    return re.sub(r"\b(left|right)\b", lambda side: _SIDES[side[0]], caption)


def _moved(layers: Sequence[Image.Image], rng: np.random.Generator) -> list[Image.Image]:
    """Move the layers of a square picture together; what comes in at its borders repeats them."""
    side = layers[0].width
    most = max(1, round(side * _SHIFT))
    x, y = (most + rng.integers(-most, most + 1, size=2)).tolist()
    moved = []
    for layer in layers:
        pixels = np.asarray(layer)
        padded = np.pad(pixels, [(most, most)] * 2 + [(0, 0)] * (pixels.ndim - 2), mode="edge")
        moved.append(Image.fromarray(padded[y : y + side, x : x + side]))
    return moved


def pixels_of(picture: Image.Image) -> Tensor:
    """Give an RGB picture as numbers (3, h, w), -1 to 1."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 127.5 - 1


def first_vectors(checkpoint: Checkpoint, phrase: str, count: int) -> tuple[Tensor, ...]:
    """Give `count` vectors for each text tower, in memory: those of the tokens of a phrase.

    Where there are fewer tokens, each stands for its share of the vectors, one after the other; where there
    are more, the last are taken.
    """
    model = checkpoint.model
    vectors = []
    for name in sorted(each for each in model.networks if each.startswith("text_encoder")):
        tokenizer = getattr(model, name.replace("text_encoder", "tokenizer"))
        table = model.networks[name].get_input_embeddings().weight.detach().float()
        ids = tokenizer(phrase, add_special_tokens=False).input_ids[-count:] or [0]
        vectors.append(table[torch.tensor([ids[i * len(ids) // count] for i in range(count)])].cpu())
    return tuple(vectors)
