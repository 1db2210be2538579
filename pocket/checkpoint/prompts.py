"""Captions as the UNet of each family reads them, while it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from pocket.checkpoint.tokenizer import encode

Tower: TypeAlias = CLIPTextModel | CLIPTextModelWithProjection


class Prompts(nn.Module):
    """Text towers with their tokenizers. Called with captions, it gives a UNet's keyword arguments."""

    def __init__(self, towers: Sequence[Tower], tokenizers: Sequence[CLIPTokenizer]) -> None:
        super().__init__()
        self.towers = nn.ModuleList(towers)
        self.tokenizers = list(tokenizers)

    def tokens(self, captions: Sequence[str], place: int) -> Tensor:
        """Give the tokens (len(captions), 77) for the tower at a place, on its device."""
        device = next(self.parameters()).device
        return torch.tensor(encode(self.tokenizers[place], captions), device=device)


class OneTower(Prompts):
    """Stable Diffusion 1.x and 2.x: the states of one tower."""

    def forward(self, captions: Sequence[str], size: tuple[int, int] | None = None) -> dict[str, Any]:
        """`encoder_hidden_states` (n, 77, width), whatever the pictures' size."""
        return {"encoder_hidden_states": self.towers[0](self.tokens(captions, 0)).last_hidden_state}


class TwoTowers(Prompts):
    """Stable Diffusion XL (Podell et al., arXiv 2307.01952): two towers' states, and the picture's size."""

    def __init__(self, towers: Sequence[Tower], tokenizers: Sequence[CLIPTokenizer], side: int) -> None:
        super().__init__(towers, tokenizers)
        self.side = side

    def forward(self, captions: Sequence[str], size: tuple[int, int] | None = None) -> dict[str, Any]:
        """`encoder_hidden_states` (n, 77, width + width) and the pooled states and sizes.

        `size` is the pictures' width and height in pixels, if they are no squares of the usual side. Pictures
        are never cropped. An empty caption is all zeros, as `force_zeros_for_empty_prompt` has it.
        """
        first, second = (
            tower(self.tokens(captions, place), output_hidden_states=True)
            for place, tower in enumerate(self.towers)
        )
        states = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1)
        said = torch.tensor([bool(text) for text in captions], device=states.device)
        width, height = size or (self.side, self.side)
        sizes = torch.tensor([[height, width, 0, 0, height, width]], device=states.device)
        return {
            "encoder_hidden_states": states * said[:, None, None],
            "added_cond_kwargs": {
                "text_embeds": second.text_embeds * said[:, None],
                "time_ids": sizes.expand(len(captions), -1),
            },
        }
