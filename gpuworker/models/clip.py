"""Measures how well words and pictures agree, with any CLIP: the pocket one, ViT-L/14 and the like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from transformers import CLIPModel, CLIPProcessor

from gpuworker.models.folders import load_model, load_processor
from gpuworker.models.on_device import AT_ONCE, OnDevice, in_slices


@dataclass(frozen=True, eq=False)
class Clip:
    """A CLIP (Radford et al., arXiv 2103.00020): the dot product of two vectors is how well they agree."""

    model: CLIPModel
    processor: CLIPProcessor
    on_device: OnDevice = AT_ONCE

    @classmethod
    def load(cls, folder: Path, device: torch.device | str = "cpu", on_device: OnDevice = AT_ONCE) -> Clip:
        """Load a folder in the layout of openai/clip-vit-large-patch14. Raises `CheckpointError`."""
        return cls(load_model(CLIPModel, folder, device), load_processor(CLIPProcessor, folder), on_device)

    @property
    def width(self) -> int:
        """The width of a vector."""
        return int(self.model.config.projection_dim)

    @property
    def scale(self) -> float:
        """The factor for agreements before a softmax turns them into probabilities."""
        return float(self.model.logit_scale.exp())

    def reads(self, text: str) -> bool:
        """Say whether a text is read to its end, and not cut off."""
        tokenizer = self.processor.tokenizer
        return len(tokenizer(text, verbose=False).input_ids) <= int(tokenizer.model_max_length)

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> Tensor:
        """Encode texts as unit vectors (N, width), float32 on the CPU; a text that is too long is cut off."""
        tokenize = partial(self.processor.tokenizer, padding=True, truncation=True, return_tensors="pt")
        ids = [tokenize(list(part)).input_ids for part in in_slices(texts)]
        vectors = self.on_device.run_each([partial(self._encode_texts, each) for each in ids])
        return torch.cat([torch.empty(0, self.width), *vectors])

    @torch.inference_mode()
    def pictures(self, pictures: Sequence[Image.Image]) -> Tensor:
        """Encode the middle square of each picture as a unit vector: (N, width), float32 on the CPU."""
        prepare = partial(self.processor.image_processor, return_tensors="pt")
        opaque = [[picture.convert("RGB") for picture in part] for part in in_slices(pictures)]
        values = [prepare(part).pixel_values for part in opaque]
        vectors = self.on_device.run_each([partial(self._encode_pictures, each) for each in values])
        return torch.cat([torch.empty(0, self.width), *vectors])

    @torch.inference_mode()
    def _encode_texts(self, ids: Tensor) -> Tensor:
        pooled = self.model.text_model(ids.to(self.model.device)).pooler_output
        return F.normalize(self.model.text_projection(pooled).float(), dim=-1).cpu()

    @torch.inference_mode()
    def _encode_pictures(self, values: Tensor) -> Tensor:
        pooled = self.model.vision_model(values.to(self.model.device, self.model.dtype)).pooler_output
        return F.normalize(self.model.visual_projection(pooled).float(), dim=-1).cpu()
