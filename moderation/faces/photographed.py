"""Faces in photographs, and in pictures that look like them: dlib's detector, landmarks and descriptors.

A ResNet maps a face, turned upright by five landmarks, to 128 numbers (dlib.net/face_recognition.py.html).
Its weights are in the public domain, and so are those of the landmarks. The 68 landmarks beside them are not,
and stay unused.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from moderation.faces.encoder import Face
from moderation.manifest import trusted
from moderation.pinned_onnx import DetectorError

_LANDMARKS = "face_recognition_models/models/shape_predictor_5_face_landmarks.dat"
_NETWORK = "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
_LONGEST = 1024
"""Pixels that are looked at: dlib's detector takes 0.3 s for a picture of 1024 x 1024."""
_LARGER_UP_TO = 512
"""Pixels of the longest side up to which a picture is looked at twice as large: faces have 80 at least."""
_AROUND = 0.25
"""What of its surroundings the network sees of a face: as in its training."""


class PhotographedFaces:
    """dlib's encoder. Its parts share buffers, so that threads take turns."""

    name = "photographed-1"
    same_within = 0.55
    dimensions = 128

    def __init__(self, dlib: Any, landmarks: Any, network: Any) -> None:
        self._dlib, self._landmarks, self._network = dlib, landmarks, network
        self._detector = dlib.get_frontal_face_detector()
        self._turn = threading.Lock()

    @classmethod
    def load(cls) -> PhotographedFaces:
        """Load the weights that the manifest names. Raises DetectorError."""
        landmarks, network = trusted().read(_LANDMARKS), trusted().read(_NETWORK)
        try:
            import dlib

            # dlib reads files only: these hold what was checked, whatever becomes of the package's own.
            with tempfile.TemporaryDirectory() as folder:
                files = [Path(folder) / "landmarks.dat", Path(folder) / "network.dat"]
                for file, content in zip(files, (landmarks, network), strict=True):
                    file.write_bytes(content)
                return cls(
                    dlib, dlib.shape_predictor(str(files[0])), dlib.face_recognition_model_v1(str(files[1]))
                )
        except (ImportError, OSError, RuntimeError) as error:
            raise DetectorError(
                f"dlib, which finds known faces, does not load ({error}). Install it again with: pip install "
                "--force-reinstall --no-deps dlib-bin face_recognition_models"
            ) from error

    def find(self, image: Image.Image) -> tuple[Face, ...]:
        """Find the faces that look at the camera, more or less."""
        scale = min(1.0, _LONGEST / max(image.size))
        size = tuple(max(1, round(edge * scale)) for edge in image.size)
        pixels = np.ascontiguousarray(image.convert("RGB").resize((size[0], size[1])))
        with self._turn:
            found = self._detector(pixels, 1 if max(size) <= _LARGER_UP_TO else 0)
            return tuple(self._described(pixels, box, scale, image.size) for box in found)

    def _described(self, pixels: Any, box: Any, scale: float, size: tuple[int, int]) -> Face:
        points = self._landmarks(pixels, box)
        numbers = self._network.compute_face_descriptor(pixels, points, 0, _AROUND)
        edges = np.array([box.left(), box.top(), box.right(), box.bottom()]) / scale
        left, top, right, bottom = np.clip(np.rint(edges), 0, [*size, *size]).astype(int).tolist()
        return Face((left, top, right, bottom), np.array(numbers, np.float32))
