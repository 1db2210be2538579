"""How many CPU cores a pass is worth."""

from __future__ import annotations

import torch
from torch import Tensor

CELLS_A_CORE = 2048
"""Latent cells that keep a core busy between two waits for the others: two rows of 32 x 32."""
_ALL = torch.get_num_threads()


def share_out(rows: Tensor) -> None:
    """Give this thread's next passes over latents (n, channels, h, w) one core for every `CELLS_A_CORE`.

    Cores wait for each other after every operation. For a single picture of the pocket checkpoint the waiting
    costs what the second core brings: a step takes 43 ms on one core and on two, and on two up to twice that
    when another program runs.
    """
    cells = rows.shape[0] * rows.shape[-2] * rows.shape[-1]
    torch.set_num_threads(min(_ALL, -(-cells // CELLS_A_CORE)))


def wait_for_device() -> None:
    """Wait until the GPU, where there is one, has done all it was given: calls return before that."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def use_all_cores() -> None:
    """Give this thread's next passes every core: other networks than a checkpoint's may be of any size."""
    torch.set_num_threads(_ALL)
