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

    def seen(self, captions: Sequence[str], words: Sequence[str]) -> Tensor:
        """Say of each token (len(captions), 77) whether it is another than the caption's word of `words`."""
        tokenizer, tokens = self.tokenizers[0], self.tokens(captions, 0)
        own = [tokenizer(word, add_special_tokens=False).input_ids[0] for word in words]
        return tokens != torch.tensor(own, device=tokens.device)[:, None]

    def rows(self, captions: Sequence[str], seen: Tensor | None = None) -> tuple[Tensor, ...]:
        """Give the towers' states (n, 77, width) and what else there is of each caption.

        Tokens that are not `seen` are masked, as the engine masks words that have a weight.
        """
        raise NotImplementedError

    def arguments(
        self, rows: tuple[Tensor, ...], captions: Sequence[str], size: tuple[int, int] | None
    ) -> dict[str, Any]:
        """Give the UNet's keyword arguments for captions whose rows these are."""
        raise NotImplementedError

    def forward(self, captions: Sequence[str], size: tuple[int, int] | None = None) -> dict[str, Any]:
        """Give the UNet's keyword arguments for pictures of `size`, width and height in pixels."""
        return self.arguments(self.rows(captions), captions, size)


class OneTower(Prompts):
    """Stable Diffusion 1.x and 2.x: the states of one tower, whatever the pictures' size."""

    def rows(self, captions: Sequence[str], seen: Tensor | None = None) -> tuple[Tensor, ...]:
        """Give the last states, (n, 77, width)."""
        found = self.towers[0](self.tokens(captions, 0), attention_mask=seen)
        return (found.last_hidden_state,)

    def arguments(
        self, rows: tuple[Tensor, ...], captions: Sequence[str], size: tuple[int, int] | None
    ) -> dict[str, Any]:
        """`encoder_hidden_states` (n, 77, width)."""
        return {"encoder_hidden_states": rows[0]}


class TwoTowers(Prompts):
    """Stable Diffusion XL (Podell et al., arXiv 2307.01952): two towers' states, and the picture's size."""

    def __init__(self, towers: Sequence[Tower], tokenizers: Sequence[CLIPTokenizer], side: int) -> None:
        super().__init__(towers, tokenizers)
        self.side = side

    def rows(self, captions: Sequence[str], seen: Tensor | None = None) -> tuple[Tensor, ...]:
        """Give both towers' states before the last, (n, 77, width + width), and the pooled ones."""
        first, second = (
            tower(self.tokens(captions, place), attention_mask=seen, output_hidden_states=True)
            for place, tower in enumerate(self.towers)
        )
        return torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1), second.text_embeds

    def arguments(
        self, rows: tuple[Tensor, ...], captions: Sequence[str], size: tuple[int, int] | None
    ) -> dict[str, Any]:
        """`encoder_hidden_states` (n, 77, width + width) and the pooled states and sizes.

        `size` is the pictures' width and height in pixels, if they are no squares of the usual side. Pictures
        are never cropped. An empty caption is all zeros, as `force_zeros_for_empty_prompt` has it.
        """
        states, pooled = rows
        said = torch.tensor([bool(text) for text in captions], device=states.device)
        width, height = size or (self.side, self.side)
        sizes = torch.tensor([[height, width, 0, 0, height, width]], device=states.device)
        return {
            "encoder_hidden_states": states * said[:, None, None],
            "added_cond_kwargs": {
                "text_embeds": pooled * said[:, None],
                "time_ids": sizes.expand(len(captions), -1),
            },
        }
