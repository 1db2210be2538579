"""The kinds of adapters: what the tensors of a layer say about its weight.

The formulas are those of the papers, with the names and the orientation of LyCORIS (Yeh et al., arXiv
2309.14859), whose files most others follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from gpuworker.adapters.change import Change, Difference, LowRank
from gpuworker.adapters.errors import AdapterError

SCALARS = ("alpha", "scalar", "on_input")
"""Parts that are numbers."""


class Parts(NamedTuple):
    """The tensors of a layer by part, and its numbers."""

    tensors: Mapping[str, Tensor]
    numbers: Mapping[str, float]

    def scale(self, rank: int) -> float:
        """Give what the product is multiplied by: alpha by rank, or 1 where no alpha is said."""
        return self.numbers.get("alpha", rank) / rank * self.numbers.get("scalar", 1.0)


class Kind(NamedTuple):
    """A kind by its name, the parts that it must and may have, and the difference they make to the weight."""

    title: str
    needs: frozenset[str]
    may_have: frozenset[str]
    difference: Callable[[Parts, Tensor], Difference | None]


def change_of(parts: Parts, weight: Tensor) -> Change:
    """Give the change that a layer's parts make to it. Raises AdapterError for what is of no known kind."""
    kind = kind_of(parts)
    difference = kind.difference(parts, weight)
    if difference is not None and (scale := parts.tensors.get("dora_scale")) is not None:
        difference = _decomposed(difference, scale, weight, of_outputs=_is_of_outputs(scale, weight))
    if difference is not None and (scale := parts.tensors.get("magnitude")) is not None:
        difference = _decomposed(difference, scale, weight, of_outputs=True)
    bias = next((parts.tensors[part] for part in ("diff_b", "b_norm") if part in parts.tensors), None)
    if (up_bias := parts.tensors.get("up_bias")) is not None:
        assert isinstance(difference, LowRank)
        bias = up_bias * difference.scale
    return Change(difference, bias)


def kind_of(parts: Parts) -> Kind:
    """Tell the kind. Raises AdapterError for what is of none, or of one but incomplete."""
    had = {*parts.tensors, *parts.numbers}
    for kind in KINDS:
        if kind.needs <= had:
            if odd := had - kind.needs - kind.may_have:
                raise AdapterError(
                    f"is {kind.title} with parts that are not known ({', '.join(sorted(odd))})"
                )
            return kind
    for kind in KINDS:
        if marks := (had - {"alpha", "weight", "bias"}) & kind.needs:
            lacks = ", ".join(sorted(kind.needs - had))
            raise AdapterError(f"is {kind.title}, incomplete ({', '.join(sorted(marks))} without {lacks})")
    raise AdapterError(f"is of a kind that is not known here ({', '.join(sorted(had))})")


def _lora(parts: Parts, weight: Tensor) -> Difference:
    up, down, mid = (parts.tensors.get(part) for part in ("up", "down", "mid"))
    assert up is not None
    assert down is not None
    scale = parts.scale(len(down))
    if mid is not None:  # Tucker's decomposition: a kernel between two matrices
        down = torch.einsum("rs..., si -> ri...", mid, down.flatten(1))
    if up.numel() != up.shape[0] * up.shape[1]:
        return _fixed(scale * torch.einsum("or..., ri -> oi...", up, down.flatten(1)))
    if len(up) != weight.shape[0]:
        raise ValueError("it is of another shape")
    if weight.ndim == 4:
        up = up.reshape(*up.shape[:2], 1, 1)
        down = down.reshape(len(down), *weight.shape[1:])
    else:
        up, down = up.flatten(1), down.flatten(1)
    return LowRank(down, up, scale)


def _loha(parts: Parts, weight: Tensor) -> Difference:
    """Multiply two products number by number (Hyeon-Woo et al., arXiv 2108.06098)."""
    had, scale = parts.tensors, parts.scale(len(parts.tensors["hada_w1_b"]))
    first, second = ((had[f"hada_w{i}_a"], had[f"hada_w{i}_b"], had.get(f"hada_t{i}")) for i in (1, 2))

    def difference(weight: Tensor) -> Tensor:
        return _shaped(scale * _product(*first) * _product(*second), weight)

    return difference


def _product(a: Tensor, b: Tensor, kernel: Tensor | None) -> Tensor:
    """Give a @ b, or with a kernel between them, from both of whose sides Tucker's matrices hang."""
    if kernel is None:
        return a @ b
    return torch.einsum("rs..., ro, si -> oi...", kernel, a, b)


def _lokr(parts: Parts, weight: Tensor) -> Difference:
    """Take the Kronecker product of a small and a large matrix, either of which may be a product itself."""
    had = parts.tensors
    ranks = [len(had[part]) for part in ("lokr_w1_b", "lokr_w2_b") if part in had]
    scale = parts.scale(ranks[-1]) if ranks else parts.numbers.get("scalar", 1.0)

    def factor(i: int) -> Tensor:
        if (whole := had.get(f"lokr_w{i}")) is not None:
            return whole
        return _product(had[f"lokr_w{i}_a"], had[f"lokr_w{i}_b"], had.get(f"lokr_t{i}"))

    def difference(weight: Tensor) -> Tensor:
        small, large = factor(1), factor(2)
        small = small.reshape(*small.shape, *[1] * (large.ndim - small.ndim))
        return _shaped(scale * torch.kron(small, large), weight)

    return difference


def _ia3(parts: Parts, weight: Tensor) -> Difference:
    """Scale the inputs or the outputs (Liu et al., arXiv 2205.05638)."""
    by = parts.tensors["weight"].flatten()
    shape = (1, -1) if parts.numbers["on_input"] else (-1, 1)
    factors = by.reshape(*shape, *[1] * (weight.ndim - 2))
    return lambda weight: weight * factors


def _oft(parts: Parts, weight: Tensor) -> Difference:
    """Rotate the outputs in blocks (Qiu et al., arXiv 2306.07280), or in butterflies of them (2311.06243)."""
    blocks = parts.tensors["oft_blocks"].float()
    rescale = parts.tensors.get("rescale")
    skew = blocks - blocks.transpose(-1, -2)
    if (constraint := parts.numbers.get("alpha", 0.0) * weight.shape[0]) > 0:
        norm = skew.norm() + 1e-8
        skew = skew * (norm.clamp(max=constraint) / norm)
    one = torch.eye(blocks.shape[-1], device=blocks.device)
    rotations = ((one + skew) @ torch.linalg.inv(one - skew)).to(weight.dtype)

    def difference(weight: Tensor) -> Tensor:
        turned = _butterfly(weight, rotations) if rotations.ndim == 4 else _turned(weight, rotations)
        if rescale is not None:
            turned = turned * rescale.reshape(-1, *[1] * (weight.ndim - 1))
        return turned - weight

    return difference


def _turned(weight: Tensor, rotations: Tensor) -> Tensor:
    number, size = rotations.shape[:2]
    blocks = weight.reshape(number, size, *weight.shape[1:])
    return torch.einsum("knm, kn... -> km...", rotations, blocks).reshape(weight.shape)


def _butterfly(weight: Tensor, rotations: Tensor) -> Tensor:
    """Rotate in rounds, in each of which blocks are made of outputs twice as far apart."""
    number, size = rotations.shape[1:3]
    inner = weight.shape[1:]
    for turn, blocks in enumerate(rotations):
        apart = 2**turn * size // 2
        paired = weight.reshape(-1, 2, apart, *inner).transpose(1, 2).reshape(number, size, *inner)
        turned = torch.einsum("knm, km... -> kn...", blocks, paired)
        weight = turned.reshape(-1, apart, 2, *inner).transpose(1, 2).reshape(weight.shape)
    return weight


def _glora(parts: Parts, weight: Tensor) -> Difference:
    """Add a product, and another one of the weight itself (Chavan et al., arXiv 2306.07967)."""
    a1, a2, b1, b2 = (parts.tensors[f"glora_{part}"] for part in ("a1", "a2", "b1", "b2"))
    middle = parts.tensors.get("glora_bm")
    if len(b1) != weight.shape[0] or a1.shape[0] != weight.shape[1]:  # the first versions' order
        a1, a2, b1, b2 = a2, a1, b2, b1
    scale = parts.scale(len(b2))
    added = _lora(Parts({"up": b1, "down": b2} | ({} if middle is None else {"mid": middle}), {}), weight)
    left, right = a1.flatten(1), a2.flatten(1)

    def difference(weight: Tensor) -> Tensor:
        own = torch.einsum("oi..., ir, rj -> oj...", weight, left, right)
        return scale * (own + added(weight))

    return difference


def _full(parts: Parts, weight: Tensor) -> Difference | None:
    diff = parts.tensors.get("diff")
    return None if diff is None else _fixed(diff)


def _norm(parts: Parts, weight: Tensor) -> Difference | None:
    diff = parts.tensors.get("w_norm")
    return None if diff is None else _fixed(diff)


def _fixed(diff: Tensor) -> Difference:
    return lambda weight: _shaped(diff, weight)


def _shaped(difference: Tensor, weight: Tensor) -> Tensor:
    """Give the difference in the weight's shape; kernels may be laid flat. Raises ValueError if none fits."""
    if difference.shape[0] != weight.shape[0]:
        raise ValueError("it is of another shape")
    return difference.reshape(weight.shape)


def _decomposed(difference: Difference, magnitude: Tensor, weight: Tensor, *, of_outputs: bool) -> Difference:
    """Keep the direction of the changed weight and give it a magnitude of its own (DoRA, arXiv 2402.09353).

    The magnitudes are of the outputs, or in LyCORIS' first files of the inputs.
    """
    shape = (-1, *[1] * (weight.ndim - 1)) if of_outputs else (1, -1, *[1] * (weight.ndim - 2))
    changed = weight.float() + difference(weight).float()
    norm = changed.transpose(0, 0 if of_outputs else 1).flatten(1).norm(dim=1)
    factors = (magnitude.float().flatten() / norm).reshape(shape).to(weight.dtype)
    return lambda weight: factors * (weight + difference(weight)) - weight


def _is_of_outputs(magnitude: Tensor, weight: Tensor) -> bool:
    """Tell (out, 1, ...) from (1, in, ...)."""
    out, inner = weight.shape[:2]
    return len(magnitude) == out or (magnitude.numel() == out and out != inner)


_MAGNITUDE = frozenset({"dora_scale", "magnitude"})
_LOKR = frozenset(
    {"lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t1", "lokr_t2"}
)
_BLOCKS = [{"lokr_w1"}, {"lokr_w1_a", "lokr_w1_b"}], [{"lokr_w2"}, {"lokr_w2_a", "lokr_w2_b"}]
_NUMBERS = frozenset({"alpha", "scalar"})
KINDS: tuple[Kind, ...] = (
    Kind(
        "a LoRA",
        frozenset({"up", "down"}),
        _NUMBERS | _MAGNITUDE | {"mid", "up_bias", "diff_b"},
        _lora,
    ),
    Kind(
        "a LoHa",
        frozenset({"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"}),
        _NUMBERS | _MAGNITUDE | {"hada_t1", "hada_t2", "diff_b"},
        _loha,
    ),
    *(
        Kind("a LoKr", frozenset(one | two), _NUMBERS | _MAGNITUDE | _LOKR | {"diff_b"}, _lokr)
        for one in _BLOCKS[0]
        for two in _BLOCKS[1]
    ),
    Kind("an OFT", frozenset({"oft_blocks"}), frozenset({"alpha", "rescale", "diff_b"}), _oft),
    Kind(
        "a GLoRA",
        frozenset({"glora_a1", "glora_a2", "glora_b1", "glora_b2"}),
        _NUMBERS | {"glora_bm"},
        _glora,
    ),
    Kind("an (IA)3", frozenset({"on_input", "weight"}), frozenset(), _ia3),
    Kind("a full difference", frozenset({"diff"}), frozenset({"diff_b", "alpha"}), _full),
    Kind("a difference of biases", frozenset({"diff_b"}), frozenset({"alpha"}), _full),
    Kind("a difference of norms", frozenset({"w_norm"}), frozenset({"b_norm", "alpha"}), _norm),
    Kind("a difference of norms' biases", frozenset({"b_norm"}), frozenset({"alpha"}), _norm),
)
