"""Prompts as the UNet reads them: the text encoder's states, kept for the prompts that come again."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint

_KEPT = 256


class PromptEncoder:
    """Encodes prompts, and remembers the last ones: grids and rerolls repeat them, and "" is everywhere."""

    def __init__(self) -> None:
        self._encoded: OrderedDict[tuple[str, str], Tensor] = OrderedDict()

    def encode(self, checkpoint: Checkpoint, prompt: str) -> Tensor:
        """The text encoder's states, (1, 77, width); tokens beyond are left out, as in the stock pipeline."""
        key = (checkpoint.name, prompt)
        if key not in self._encoded:
            self._encoded[key] = _encode(checkpoint, prompt)
            if len(self._encoded) > _KEPT:
                self._encoded.popitem(last=False)
        self._encoded.move_to_end(key)
        return self._encoded[key]


def _encode(checkpoint: Checkpoint, prompt: str) -> Tensor:
    tokens = checkpoint.tokenizer(
        prompt,
        padding="max_length",
        # A tokenizer saved without its configuration believes that it may be endless.
        max_length=min(
            checkpoint.tokenizer.model_max_length, checkpoint.text_encoder.config.max_position_embeddings
        ),
        truncation=True,
        return_tensors="pt",
    )
    states: Tensor = checkpoint.text_encoder(tokens.input_ids.to(checkpoint.device))[0]
    return states
