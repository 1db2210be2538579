"""The pocket detectors' network: a YOLOv8 of a few channels that also looks at cells of four pixels."""

from typing import Any

from pocket.detectors.truth import LABELS

_NARROW, _FINE, _MIDDLE, _COARSE = 8, 24, 48, 96

ARCHITECTURE: dict[str, Any] = {
    "nc": len(LABELS),
    "reg_max": 6,
    "depth_multiple": 1.0,
    "width_multiple": 1.0,
    "backbone": [
        [-1, 1, "Conv", [_NARROW, 3, 2]],
        [-1, 1, "Conv", [_FINE, 3, 2]],
        [-1, 1, "C2f", [_FINE, True]],  # 2: cells of 4 pixels
        [-1, 1, "Conv", [_MIDDLE, 3, 2]],
        [-1, 1, "C2f", [_MIDDLE, True]],  # 4: of 8
        [-1, 1, "Conv", [_COARSE, 3, 2]],
        [-1, 1, "C2f", [_COARSE, True]],
        [-1, 1, "SPPF", [_COARSE, 5]],  # 7: of 16
    ],
    "head": [
        [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
        [[-1, 4], 1, "Concat", [1]],
        [-1, 1, "C2f", [_MIDDLE]],  # 10
        [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
        [[-1, 2], 1, "Concat", [1]],
        [-1, 1, "C2f", [_FINE]],  # 13
        [-1, 1, "Conv", [_FINE, 3, 2]],
        [[-1, 10], 1, "Concat", [1]],
        [-1, 1, "C2f", [_MIDDLE]],  # 16
        [-1, 1, "Conv", [_MIDDLE, 3, 2]],
        [[-1, 7], 1, "Concat", [1]],
        [-1, 1, "C2f", [_COARSE]],  # 19
        [[13, 16, 19], 1, "Detect", ["nc"]],
    ],
}
"""As in ultralytics' YAML files.

Eyes and hands of a picture of 128 pixels are smaller than YOLOv8's cells of 8; cells of 32 would hold nothing
that those of 16 do not. Edges are at most 5 cells from the middle of theirs, as `reg_max` says: 80 pixels.
"""
