"""Attention in slices computes what attention at once computes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from gpuworker.families.attention import COPIES, attention_within

QUERIES, KEYS, WIDTH = 40, 56, 8
ALL_SCORES = COPIES * 4 * 2 * 3 * QUERIES * KEYS
"""In bytes, of two pictures with three heads."""


class Watched(TorchFunctionMode):
    """Notes how many queries each call of torch's attention gets."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[int] = []

    def __torch_function__(self, func: Any, types: object, args: Any = (), kwargs: Any = None) -> Any:
        if func is F.scaled_dot_product_attention:
            self.queries.append(args[0].shape[-2])
        return func(*args, **(kwargs or {}))


def attended(size: int | None, **options: Any) -> tuple[Tensor, list[int]]:
    """The result within `size` bytes of scores, and the queries of each call that it took."""
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, length, WIDTH) for length in (QUERIES, KEYS, KEYS))
    with Watched() as watched, attention_within(size):
        return F.scaled_dot_product_attention(query, key, value, **options), watched.queries


@pytest.mark.parametrize(
    ("size", "queries"),
    [
        (ALL_SCORES, [40]),
        (ALL_SCORES // 2, [20, 20]),
        (ALL_SCORES // 3, [13, 13, 13, 1]),
        (1, [1] * QUERIES),
    ],
)
def test_slices_are_as_large_as_the_limit_allows(size: int, queries: list[int]) -> None:
    whole, calls = attended(None)
    assert calls == [QUERIES]
    sliced, calls = attended(size)
    assert calls == queries
    assert torch.allclose(sliced, whole, atol=1e-6)


def test_a_scale_holds_for_every_slice() -> None:
    assert torch.allclose(attended(1, scale=0.9)[0], attended(None, scale=0.9)[0], atol=1e-6)
    assert not torch.allclose(attended(None, scale=0.9)[0], attended(None)[0], atol=1e-2)


def test_a_mask_has_a_row_for_each_query_so_it_is_left_whole() -> None:
    mask = torch.rand(QUERIES, KEYS) > 0.5
    masked, calls = attended(1, attn_mask=mask)
    assert calls == [QUERIES]
    assert torch.equal(masked, attended(None, attn_mask=mask)[0])
