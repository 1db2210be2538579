"""Trains the pocket checkpoint's text tower to tell scenes apart, before any picture is made."""

import math
from dataclasses import replace
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from gpuworker.pocket.checkpoint.tokenizer import LENGTH, encode
from gpuworker.pocket.loop import Budget, train
from gpuworker.pocket.world.captions import caption
from gpuworker.pocket.world.scene import BACKGROUNDS, COLOURS, KINDS, PLACES, SIZES, Scene, random_scene

WIDTH = 128
_TRAITS = {"kind": KINDS, "colour": tuple(COLOURS), "size": tuple(SIZES)}
_PER_PLACE = sum(len(values) for values in _TRAITS.values())
_SCENE_WIDTH = len(BACKGROUNDS) + len(PLACES) * _PER_PLACE


def new_text_tower(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """CLIPTextModel of 4 layers, WIDTH wide."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=LENGTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)


def describe(scene: Scene) -> Tensor:
    """A scene in numbers, float32 (_SCENE_WIDTH,): 1 for its background and each trait at its place."""
    found = torch.zeros(_SCENE_WIDTH)
    found[BACKGROUNDS.index(scene.background)] = 1
    for thing in scene.things:
        start = len(BACKGROUNDS) + tuple(PLACES).index(thing.place) * _PER_PLACE
        for trait, values in _TRAITS.items():
            found[start + values.index(getattr(thing, trait))] = 1
            start += len(values)
    return found


def _look_alikes(rng: Random, groups: int, group: int) -> list[Scene]:
    """Groups of scenes in which each differs from the first in one trait of one thing only.

    Told apart from strangers alone, a caption is known by its background and nothing else is learned.
    """
    scenes: list[Scene] = []
    while len(scenes) < groups * group:
        first = random_scene(rng, rng.choice((1, 2)))
        family = {first: None}
        while len(family) < group:
            things = list(first.things)
            i, (trait, values) = rng.randrange(len(things)), rng.choice(tuple(_TRAITS.items()))
            things[i] = replace(things[i], **{trait: rng.choice(values)})
            if len(things) == 1 and rng.random() < 0.3:
                things[0] = replace(first.things[0], place=rng.choice(tuple(PLACES)))
            if len(things) == 2 and rng.random() < 0.3:
                a, b = first.things
                things = [replace(a, place=b.place), replace(b, place=a.place)]
            other = replace(first, things=tuple(things))
            if not other.held_out:
                family[other] = None
            elif rng.random() < 0.1:
                family[random_scene(rng, len(things))] = None
        scenes += family
    return scenes


class _Pair(nn.Module):
    """The two projections of contrastive learning, and its temperature."""

    def __init__(self) -> None:
        super().__init__()
        self.text = nn.Linear(WIDTH, WIDTH)
        self.scene = nn.Sequential(nn.Linear(_SCENE_WIDTH, 256), nn.GELU(), nn.Linear(256, WIDTH))
        self.log_scale = nn.Parameter(torch.tensor(math.log(10.0)))

    def forward(self, pooled: Tensor, scenes: Tensor) -> Tensor:
        texts = F.normalize(self.text(pooled), dim=-1)
        return self.log_scale.exp().clamp(max=100) * texts @ F.normalize(self.scene(scenes), dim=-1).T


def train_text_tower(
    tokenizer: CLIPTokenizer, folder: Path, budget: Budget, device: str, groups: int = 12, group: int = 6
) -> CLIPTextModel:
    """Contrastive training (CLIP, arXiv 2103.00020) of captions against scenes in numbers."""
    tower, pair = new_text_tower(tokenizer).to(device), _Pair().to(device)
    weights = [*tower.parameters(), *pair.parameters()]
    optimiser = torch.optim.AdamW([{"params": weights, "peak": 1e-3}], betas=(0.9, 0.98), weight_decay=0.01)

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        rng = Random(number)
        scenes = _look_alikes(rng, groups, group)
        captions = [caption(scene, rng) for scene in scenes]
        ids = torch.tensor(encode(tokenizer, captions, length=None), device=device)
        logits = pair(tower(ids).pooler_output, torch.stack([describe(s) for s in scenes]).to(device))
        truth = torch.arange(len(scenes), device=device)
        loss = (F.cross_entropy(logits, truth) + F.cross_entropy(logits.T, truth)) / 2
        right = (logits.argmax(1) == truth).float().mean()
        return loss, {"loss": loss.detach(), "right": right}

    train({"tower": tower, "pair": pair}, optimiser, step, budget, folder / "text_tower.pt")
    return tower.eval()
