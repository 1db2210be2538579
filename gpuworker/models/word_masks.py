"""Finds in pictures what words say, with any CLIPSeg: the pocket one, rd64-refined and the like."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from transformers import CLIPSegForImageSegmentation, CLIPSegProcessor

from gpuworker.models.folders import load_model, load_processor
from gpuworker.models.on_device import AT_ONCE, OnDevice


@dataclass(frozen=True, eq=False)
class WordMasks:
    """A CLIPSeg (Lüddecke and Ecker, arXiv 2112.10003)."""

    model: CLIPSegForImageSegmentation
    processor: CLIPSegProcessor
    on_device: OnDevice = AT_ONCE

    @classmethod
    def load(
        cls, folder: Path, device: torch.device | str = "cpu", on_device: OnDevice = AT_ONCE
    ) -> WordMasks:
        """Load a folder in the layout of CIDAS/clipseg-rd64-refined. Raises `CheckpointError`."""
        return cls(
            load_model(CLIPSegForImageSegmentation, folder, device),
            load_processor(CLIPSegProcessor, folder),
            on_device,
        )

    def find(self, picture: Image.Image, words: str) -> NDArray[np.float32]:
        """Tell how surely each pixel shows what `words` say ("the left hand"): 0 to 1, float32 (H, W).

        The picture may have any size and shape; details smaller than 1/352 of a side (1/128 for the pocket
        model) are lost. What is not in the picture is found nowhere.
        """
        values = self.processor.image_processor(picture.convert("RGB"), return_tensors="pt").pixel_values
        ids = self.processor.tokenizer([words], truncation=True, return_tensors="pt").input_ids
        return self.on_device.run(partial(self._find, values, ids, (picture.height, picture.width)))

    @torch.inference_mode()
    def _find(self, values: Tensor, ids: Tensor, size: tuple[int, int]) -> NDArray[np.float32]:
        """What `find` gives of a prepared picture and words; `size` is height and width."""
        model = self.model
        logits = model(
            input_ids=ids.to(model.device), pixel_values=values.to(model.device, model.dtype)
        ).logits
        logits = logits.float().reshape(1, 1, *logits.shape[-2:])
        sized = F.interpolate(logits, size, mode="bilinear", antialias=True)
        found: NDArray[np.float32] = sized[0, 0].sigmoid().cpu().numpy()
        return found
