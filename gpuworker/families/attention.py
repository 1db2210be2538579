"""Attention in slices of its queries, for devices on which it would write down all scores at once."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from gpuworker.families.replacing import Replacing

COPIES = 2
"""Of its scores that attention holds at once where it writes them down, at the most."""


def attention_within(size: int | None) -> AbstractContextManager[object]:
    """Inside, scores of attention take at most `size` bytes, but at least a query a slice; None is no limit.

    No query sees another one, so that slices of them compute what all at once do (Rabe and Staats, arXiv
    2112.05682). Most devices have kernels that need no such help.
    """
    return (
        nullcontext() if size is None else Replacing(F.scaled_dot_product_attention, partial(_attend, size))
    )


def _attend(size: int, query: Tensor, key: Tensor, value: Tensor, *rest: Any, **options: Any) -> Tensor:
    """Queries (..., n, width) to (..., n, width of the values), in slices whose scores take `size` bytes."""
    a_query = COPIES * 4 * query.shape[:-2].numel() * key.shape[-2]
    at_once = max(1, size // a_query)
    if at_once >= query.shape[-2] or rest or options.get("attn_mask") is not None:
        return F.scaled_dot_product_attention(query, key, value, *rest, **options)
    parts = torch.split(query, at_once, dim=-2)
    return torch.cat([F.scaled_dot_product_attention(each, key, value, **options) for each in parts], -2)
