"""How the weights of a file are packed: in fp8 or int8 with scales, or in ways that are not read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.header import Described

_SCALES = (".scale_weight", ".weight_scale", ".weight_scale_inv", ".weight.scale")
"""Beside `NAME.weight`: ComfyUI's name for its scale, then those of other programs. All are factors."""
_LEFT_OUT = (
    ".scale_input", ".input_scale", ".activation_scale", ".comfy_quant", "scaled_fp8",
    ".scale_output", ".output_scale",
)  # fmt: skip
"""What hardware that multiplies in fp8 wants to know."""
_PACKED = (
    ".weight_scale_2",
    ".absmax",
    ".quant_map",
    ".qweight",
    ".qzeros",
    ".weight_packed",
    ".weight_scalar",
)


def is_scale(name: str) -> bool:
    """Tell whether a tensor belongs to the way that others are stored, and is no weight itself."""
    return name.endswith((*_SCALES, *_LEFT_OUT))


def refuse_packed(file: Path, tensors: Mapping[str, Described]) -> None:
    """Raise `CheckpointError` for weights of fewer than 8 bits, and for whole numbers without a scale."""
    for name, each in tensors.items():
        whole_numbers = each.dtype in ("I8", "U8") and name.endswith(".weight")
        no_scale = whole_numbers and scale_of(name, tensors) is None
        layer = next((name.removesuffix(end) for end in _SCALES if name.endswith(end)), None)
        lone_scale = layer is not None and f"{layer}.weight" not in tensors
        packed = name.endswith(_PACKED) or ".quant_state." in name or "E8M0" in each.dtype
        if packed or no_scale or lone_scale:
            raise CheckpointError(
                f"{file} has packed weights ({name}), as nvfp4, mxfp8, bitsandbytes or GPTQ store them, which"
                " Darkroom does not read: take the same checkpoint in fp16 or fp8."
            )


def scale_of(name: str, tensors: Collection[str]) -> str | None:
    """Give the name of the scale of a weight among the names of `tensors`; None if it has none."""
    layer = name.removesuffix(".weight")
    if layer == name:
        return None
    return next((layer + scale for scale in _SCALES if layer + scale in tensors), None)
