"""Pictures as the networks read them."""

import numpy as np
import torch
from torch import Tensor


def to_tensor(pixels: np.ndarray) -> Tensor:
    """uint8 (N, H, W, 3) to float32 (N, 3, H, W) in [-1, 1], channels last in memory."""
    return torch.tensor(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
