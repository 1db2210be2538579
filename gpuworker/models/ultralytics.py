"""Imports the parts of ultralytics that are used here, without its habits.

As it is imported, ultralytics writes settings into the user's home, looks up two hosts of the Internet,
sets OMP_NUM_THREADS for all programs started later and replaces `PIL.Image.open` by one that asks for
another package at every file that is no picture; afterwards it would fetch files and install packages when
it misses some. The switches against that are read during the import, so they are set for as long as that
takes, with the settings in a folder that goes away.
"""

import os
from tempfile import TemporaryDirectory
from unittest.mock import patch

from PIL import Image

_SWITCHES = {
    "YOLO_AUTOINSTALL": "false",
    "YOLO_OFFLINE": "true",
    "YOLO_VERBOSE": "false",
    # Architectures are built from known layers only, and nothing in them is evaluated.
    "ULTRALYTICS_SAFE_LOAD": "true",
}

with (
    TemporaryDirectory() as _folder,
    patch.dict(os.environ, _SWITCHES | {"YOLO_CONFIG_DIR": _folder}),
    patch.object(Image, "open", Image.open),
):
    from ultralytics.data.augment import LetterBox
    from ultralytics.nn.tasks import DetectionModel, PoseModel, SegmentationModel, torch_safe_load
    from ultralytics.utils.loss import v8DetectionLoss
    from ultralytics.utils.metrics import ap_per_class, box_iou
    from ultralytics.utils.nms import non_max_suppression
    from ultralytics.utils.ops import process_mask_native, scale_boxes, scale_coords

__all__ = [
    "DetectionModel",
    "LetterBox",
    "PoseModel",
    "SegmentationModel",
    "ap_per_class",
    "box_iou",
    "non_max_suppression",
    "process_mask_native",
    "scale_boxes",
    "scale_coords",
    "torch_safe_load",
    "v8DetectionLoss",
]
