"""Trains the pocket CLIP, from nothing or with the eyes of its CLIPSeg: `python -m pocket.clip.train`."""

from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPModel, CLIPSegForImageSegmentation, CLIPTokenizer

from pocket.checkpoint.tokenizer import encode, new_tokenizer
from pocket.clip.map_head import MapHead
from pocket.clip.network import CLIP, WIDTH, new_clip, save_clip
from pocket.commands import begin_training, training_parser
from pocket.corpus import CELLS, MAP_NAMES, draw_maps
from pocket.look_alikes import FACTS, describe, look_alikes
from pocket.loop import Budget, train
from pocket.tensors import to_tensor
from pocket.world.captions import caption
from pocket.world.drawing import draw

_GROUP = 6
_GROUPS_DRAWN = 6
_GROUPS_TOLD = 12
"""A caption costs a fifth of a picture, so more scenes are told than drawn."""
_PEAK, _PEAK_AGAIN = 2e-3, 1e-3
"""The learning rate from nothing, and with towers that see and read already."""
_SIGHT = "clipseg"
_MAPS_WEIGHT = 5.0
_WORN_SHARE = 0.4


class _Teacher(nn.Module):
    """What is thrown away after training: scenes in numbers as a third tower, and maps of the pictures.

    Captions leave things out and pictures have to be read; the numbers tell each tower what to say.
    """

    def __init__(self, patch: int) -> None:
        super().__init__()
        self.scene = nn.Sequential(nn.Linear(len(FACTS), 256), nn.GELU(), nn.Linear(256, WIDTH))
        self.maps = MapHead(patch, len(MAP_NAMES), CELLS)


def wear(pictures: Tensor, rng: Random) -> Tensor:
    """Give pictures (N, 3, H, W) of which some are blurred a little, tinted and noisy.

    What a checkpoint renders is not as clean as a drawing.
    """
    if rng.random() > _WORN_SHARE:
        return pictures
    if rng.random() < 0.6:
        pictures = F.avg_pool2d(pictures, 3, stride=1, padding=1, count_include_pad=False)
    tint = torch.empty(len(pictures), 3, 1, 1).uniform_(0.9, 1.1)
    return (pictures * tint + torch.randn_like(pictures) * rng.uniform(0, 0.12)).clamp(-1, 1)


def _agree(a: Tensor, b: Tensor, scale: Tensor) -> Tensor:
    """CLIP's loss (arXiv 2103.00020) of vectors (N, D) and (M, D), M >= N, of which the first N belong."""
    logits = scale * a @ b.T
    truth = torch.arange(len(a), device=a.device)
    return (F.cross_entropy(logits, truth) + F.cross_entropy(logits.T[: len(a)], truth)) / 2


def _draw_groups(count: int, rng: Random) -> tuple[list[str], Tensor, Tensor, Tensor]:
    """Give the captions and numbers of `_GROUPS_TOLD` groups; pictures and maps of the first `count` scenes.

    The pictures of a group have one seed: nothing but the trait differs.
    """
    scenes = look_alikes(rng, _GROUPS_TOLD, _GROUP)
    seeds = [rng.getrandbits(32) for _ in range(_GROUPS_TOLD)]
    drawings = [draw(scene, seeds[i // _GROUP]) for i, scene in enumerate(scenes[:count])]
    pixels: NDArray[np.uint8] = np.stack([drawing.pixels for drawing in drawings])
    maps = torch.tensor(np.stack([draw_maps(drawing) for drawing in drawings])).float() / 255
    told = [caption(scene, rng) for scene in scenes]
    return told, torch.stack([describe(scene) for scene in scenes]), wear(to_tensor(pixels), rng), maps


def go_on(weights: Path) -> tuple[CLIPModel, CLIPTokenizer]:
    """Give a CLIP with the image tower of a CLIPSeg that grew out of it.

    That one was told what every spot of a drawing is, and sees a boat where the CLIP, told by captions, sees
    something red: of what a thing is, a linear probe reads 93 to 98 % in it, and 64 % in the CLIP.
    """
    clip = CLIPModel.from_pretrained(weights / CLIP.name)
    sight = CLIPSegForImageSegmentation.from_pretrained(weights / _SIGHT).clip.vision_model
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(weights / CLIP.name)
    seeing = new_clip(tokenizer, sight.config.patch_size)
    kept = {name: weight for name, weight in clip.state_dict().items() if "vision_model" not in name}
    seen = {f"vision_model.{name}": weight for name, weight in sight.state_dict().items()}
    seeing.load_state_dict(kept | seen)
    return seeing, tokenizer


def train_clip(
    folder: Path, budget: Budget, device: str, begin: Path | None = None
) -> tuple[CLIPModel, CLIPTokenizer]:
    """Bring pictures, captions and numbers of a scene together, among scenes that look alike.

    From nothing, or from a CLIP and a CLIPSeg in the folder `begin`: see `go_on`.
    """
    if begin is None:
        tokenizer, peak = new_tokenizer(), _PEAK
        clip = new_clip(tokenizer)
    else:
        (clip, tokenizer), peak = go_on(begin), _PEAK_AGAIN
    clip = clip.to(device)
    teacher = _Teacher(clip.config.vision_config.patch_size).to(device)
    weights = [*clip.parameters(), *teacher.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": weights, "peak": peak}], betas=(0.9, 0.98), weight_decay=0.02, fused=True
    )

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        told, numbers, pictures, maps = _draw_groups(_GROUP * _GROUPS_DRAWN, Random(number))
        ids = torch.tensor(encode(tokenizer, told, length=None), device=device)
        seen = clip.vision_model(pictures.to(device))
        image = F.normalize(clip.visual_projection(seen.pooler_output), dim=-1)
        text = F.normalize(clip.text_projection(clip.text_model(ids).pooler_output), dim=-1)
        scene = F.normalize(teacher.scene(numbers.to(device)), dim=-1)
        scale = clip.logit_scale.exp().clamp(max=100)
        together = [_agree(image, text, scale), _agree(image, scene, scale), _agree(text, scene, scale)]
        covered = teacher.maps.loss(seen.last_hidden_state[:, 1:], maps.to(device))
        loss = torch.stack(together).sum() + _MAPS_WEIGHT * covered
        right = ((image @ text.T).argmax(1) == torch.arange(len(image), device=device)).float().mean()
        names = ("image-text", "image-scene", "text-scene")
        shown = dict(zip(names, together, strict=True)) | {"maps": covered, "right": right}
        return loss, {name: value.detach() for name, value in shown.items()}

    train({"clip": clip, "teacher": teacher}, optimiser, step, budget, folder / "clip.pt")
    return clip.eval(), tokenizer


def main() -> None:
    """Train for the rest of the minutes, on from where an earlier run was stopped, and write the weights."""
    parser = training_parser("pocket.clip.train", __doc__, minutes=60, weights=CLIP)
    parser.add_argument(
        "--begin",
        type=Path,
        metavar="FOLDER",
        help="weights to go on from: the folder `clip`, with the image tower of `clipseg`",
    )
    args = parser.parse_args()
    begin_training()
    save_clip(*train_clip(args.out, Budget(args.minutes), args.device, args.begin), args.weights)


if __name__ == "__main__":
    main()
