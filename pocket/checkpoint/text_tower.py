"""Trains the pocket checkpoints' text towers to tell scenes apart, before any picture is made."""

import math
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from pocket.checkpoint.tokenizer import LENGTH, encode
from pocket.look_alikes import FACTS, describe, look_alikes
from pocket.loop import Budget, train
from pocket.world.captions import caption

_SHARED = 128


def new_text_tower(
    tokenizer: CLIPTokenizer, width: int, projected: bool = False
) -> CLIPTextModel | CLIPTextModelWithProjection:
    """Give a text tower of CLIP with 4 layers; `projected` gives it a projection of its pooled state."""
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


class _Pair(nn.Module):
    """The two projections of contrastive learning, and its temperature."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.text = nn.Linear(width, _SHARED)
        self.scene = nn.Sequential(nn.Linear(len(FACTS), 256), nn.GELU(), nn.Linear(256, _SHARED))
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
        scenes = look_alikes(rng, groups, group)
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
