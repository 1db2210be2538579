"""Trains the pocket checkpoints' text towers to tell scenes apart, before any picture is made."""

import math
from dataclasses import replace
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from gpuworker.pocket.checkpoint.tokenizer import LENGTH, encode
from gpuworker.pocket.loop import Budget, train
from gpuworker.pocket.world.captions import caption
from gpuworker.pocket.world.scene import (
    BACKGROUNDS,
    CHARACTERS,
    COLOURS,
    FIGURE_PLACES,
    FIGURE_SIZES,
    KINDS,
    PLACES,
    POSES,
    SIZES,
    Figure,
    Scene,
    Thing,
    training_scene,
)

_SHARED = 128
_THING_TRAITS: dict[str, tuple[str, ...]] = {"kind": KINDS, "colour": tuple(COLOURS), "size": tuple(SIZES)}
_FIGURE_TRAITS: dict[str, tuple[str, ...]] = {
    "character": CHARACTERS,
    "clothes": (*COLOURS, "bare"),
    "pose": POSES,
    "size": tuple(FIGURE_SIZES),
}
_SEEN_BARE = ("man", "woman")
_FACTS = (
    *BACKGROUNDS,
    "portrait",
    *(f"{t} {v} {p}" for p in PLACES for t, values in _THING_TRAITS.items() for v in values),
    *(f"figure {t} {v} {p}" for p in FIGURE_PLACES for t, values in _FIGURE_TRAITS.items() for v in values),
)
_FACT_PLACES = {fact: place for place, fact in enumerate(_FACTS)}


def new_text_tower(
    tokenizer: CLIPTokenizer, width: int, projected: bool = False
) -> CLIPTextModel | CLIPTextModelWithProjection:
    """A text tower of CLIP with 4 layers; `projected` gives it a projection of its pooled state."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=4 * width,
        projection_dim=width,
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=LENGTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModelWithProjection(config) if projected else CLIPTextModel(config)


def describe(scene: Scene) -> Tensor:
    """A scene in numbers, float32 (len(_FACTS),): 1 for what is so and can be said of it, 0 for the rest."""
    facts = [scene.background, *(["portrait"] if scene.portrait else [])]
    facts += [f"{t} {getattr(thing, t)} {thing.place}" for thing in scene.things for t in _THING_TRAITS]
    facts += [
        f"figure {t} {getattr(figure, t)} {figure.place}" for figure in scene.figures for t in _FIGURE_TRAITS
    ]
    found = torch.zeros(len(_FACTS))
    found[[_FACT_PLACES[fact] for fact in facts]] = 1
    return found


def _other_thing(thing: Thing, rng: Random, alone: bool) -> Thing:
    if alone and rng.random() < 0.3:
        return replace(thing, place=rng.choice(tuple(PLACES)))
    trait, values = rng.choice(tuple(_THING_TRAITS.items()))
    return replace(thing, **{trait: rng.choice(values)})


def _other_figure(figure: Figure, rng: Random, alone: bool) -> Figure:
    if alone and rng.random() < 0.2:
        return replace(figure, place=rng.choice(tuple(FIGURE_PLACES)))
    trait, values = rng.choice(tuple(_FIGURE_TRAITS.items()))
    if trait == "clothes" and figure.character not in _SEEN_BARE:
        values = tuple(COLOURS)
    if trait == "character" and figure.clothes == "bare":
        values = _SEEN_BARE
    return replace(figure, **{trait: rng.choice(values)})


def _look_alike(scene: Scene, rng: Random) -> Scene:
    """The scene with another trait of one thing or figure, or with its two things in each other's places."""
    things, figures = list(scene.things), list(scene.figures)
    alone = len(things) + len(figures) == 1
    if len(things) == 2 and rng.random() < 0.3:
        a, b = things
        things = [replace(a, place=b.place), replace(b, place=a.place)]
    elif (i := rng.randrange(len(things) + len(figures))) < len(things):
        things[i] = _other_thing(things[i], rng, alone)
    else:
        i -= len(things)
        figures[i] = _other_figure(figures[i], rng, alone and not scene.portrait)
    return replace(scene, things=tuple(things), figures=tuple(figures))


def _look_alikes(rng: Random, groups: int, group: int) -> list[Scene]:
    """Groups of scenes in which each differs from the first in one trait of one thing or figure only.

    Told apart from strangers alone, a caption is known by its background and nothing else is learned.
    """
    scenes: list[Scene] = []
    while len(scenes) < groups * group:
        first = training_scene(rng)
        family = {first: None}
        while len(family) < group:
            other = _look_alike(first, rng)
            if not other.held_out:
                family[other] = None
            elif rng.random() < 0.1:
                family[training_scene(rng)] = None
        scenes += family
    return scenes


class _Pair(nn.Module):
    """The two projections of contrastive learning, and its temperature."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.text = nn.Linear(width, _SHARED)
        self.scene = nn.Sequential(nn.Linear(len(_FACTS), 256), nn.GELU(), nn.Linear(256, _SHARED))
        self.log_scale = nn.Parameter(torch.tensor(math.log(10.0)))

    def forward(self, pooled: Tensor, scenes: Tensor) -> Tensor:
        texts = F.normalize(self.text(pooled), dim=-1)
        return self.log_scale.exp().clamp(max=100) * texts @ F.normalize(self.scene(scenes), dim=-1).T


def train_text_tower(
    tower: CLIPTextModel | CLIPTextModelWithProjection,
    tokenizer: CLIPTokenizer,
    path: Path,
    budget: Budget,
    groups: int = 12,
    group: int = 6,
) -> None:
    """Contrastive training (CLIP, arXiv 2103.00020), in place, of captions against scenes in numbers."""
    device = next(tower.parameters()).device
    pair = _Pair(tower.config.hidden_size).to(device)
    weights = [*tower.parameters(), *pair.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": weights, "peak": 1e-3}], betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        rng = Random(number)
        scenes = _look_alikes(rng, groups, group)
        captions = [caption(scene, rng) for scene in scenes]
        ids = torch.tensor(encode(tokenizer, captions, length=None), device=device)
        states = tower(ids)
        pooled = states.text_embeds if hasattr(states, "text_embeds") else states.pooler_output
        logits = pair(pooled, torch.stack([describe(s) for s in scenes]).to(device))
        truth = torch.arange(len(scenes), device=device)
        loss = (F.cross_entropy(logits, truth) + F.cross_entropy(logits.T, truth)) / 2
        right = (logits.argmax(1) == truth).float().mean()
        return loss, {"loss": loss.detach(), "right": right}

    train({"tower": tower, "pair": pair}, optimiser, step, budget, path)
