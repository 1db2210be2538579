"""How many CPU cores a pass is worth."""

from __future__ import annotations

import torch
from torch import Tensor

CELLS_A_CORE = 512
"""Latent cells that keep a core busy between two waits for the others: two rows of 16 x 16."""
_ALL = torch.get_num_threads()


def share_out(rows: Tensor) -> None:
    """Give this thread's next passes over latents (n, channels, h, w) one core for every `CELLS_A_CORE`.

    Cores wait for each other after every operation. For a picture or two of the pocket checkpoint the waiting
    costs more than the second core brings: a step took 40 ms on one core, 50 on two, and twice that when
    another program ran.
    """
    cells = rows.shape[0] * rows.shape[-2] * rows.shape[-1]
    torch.set_num_threads(min(_ALL, -(-cells // CELLS_A_CORE)))
