"""Computes attention in slices of its queries, for devices that would write down all scores at once."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from gpuworker.families.replacing import Replacing

COPIES = 2
"""The most copies of its scores that attention holds at once, where it writes them down."""


def attention_within(size: int | None) -> AbstractContextManager[object]:
    """Keep attention inside to `size` bytes of scores, or to one query's if that is more; None is no limit.

    No query sees another one, so slices of them compute the same as all at once (Rabe and Staats, arXiv
    2112.05682). Most devices have kernels that need no such help.
    """
    return (
        nullcontext() if size is None else Replacing(F.scaled_dot_product_attention, partial(_attend, size))
    )


def _attend(size: int, query: Tensor, key: Tensor, value: Tensor, *rest: Any, **options: Any) -> Tensor:
    """Attend from queries (..., n, width) in slices; the result is (..., n, width of the values)."""
    per_query = COPIES * 4 * query.shape[:-2].numel() * key.shape[-2]
    at_once = max(1, size // per_query)
    if at_once >= query.shape[-2] or rest or options.get("attn_mask") is not None:
        return F.scaled_dot_product_attention(query, key, value, *rest, **options)
    parts = torch.split(query, at_once, dim=-2)
    return torch.cat([F.scaled_dot_product_attention(each, key, value, **options) for each in parts], -2)
