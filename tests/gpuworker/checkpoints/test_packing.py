"""Ways to pack weights that are not read are refused by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.header import Described
from gpuworker.checkpoints.packing import is_scale, refuse_packed, scale_of

FILE = Path("mix.safetensors")


@pytest.mark.parametrize(
    "tensors",
    [
        {"a.weight": Described("F8_E4M3", (4, 2)), "a.weight_scale_2": Described("F32", ())},
        {"a.weight": Described("U8", (8, 1)), "a.weight.absmax": Described("F32", (1,))},
        {"a.weight": Described("F8_E4M3", (4, 2)), "a.weight_scale": Described("F8_E8M0", (4, 1))},
        {"a.qweight": Described("I32", (4, 2))},
        {"a.weight": Described("I8", (4, 2))},
        {"a.in_proj_weight": Described("F8_E4M3", (4, 2)), "a.in_proj.scale_weight": Described("F32", ())},
    ],
)
def test_packed_weights_are_refused(tensors: dict[str, Described]) -> None:
    with pytest.raises(CheckpointError, match=r"mix\.safetensors has packed weights .*fp16 or fp8"):
        refuse_packed(FILE, tensors)


def test_eight_bits_with_a_scale_are_read() -> None:
    tensors = {"a.weight": Described("I8", (4, 2)), "a.weight_scale": Described("F32", (4,))}
    refuse_packed(FILE, tensors)
    assert scale_of("a.weight", tensors) == "a.weight_scale"
    assert scale_of("a.bias", tensors) is None
    assert [is_scale(name) for name in ("a.weight", "a.weight_scale", "scaled_fp8")] == [False, True, True]
