"""ONNX networks whose weights are pinned: they load as they were checked, or not at all."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime


class DetectorError(Exception):
    """The detector cannot be used; the message is a sentence that says why and what to do."""


def load_pinned(path: Path, sha256: str, repair: str) -> onnxruntime.InferenceSession:
    """Load the weights at `path` if they are the pinned ones; `repair` says how to get those back.

    Raises `DetectorError` when they are missing, differ or cannot be loaded: without a detector nothing may
    be posted, so there is nothing milder to return.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DetectorError(f"The detector's weights {path} cannot be read ({error}). {repair}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DetectorError(
            f"The detector's weights {path} are not the expected ones (SHA-256 {found}, expected "
            f"{sha256}). {repair}"
        )
    try:
        return _LOADED.get(found) or _LOADED.setdefault(found, _session(content))
    except Exception as error:
        raise DetectorError(f"The detector's weights {path} do not load ({error}). {repair}") from error


def packaged(package: str, file: str, repair: str) -> Path:
    """Find a file that a package brings, without importing that. Raises `DetectorError`."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise DetectorError(
            f"The package {package}, which brings the detector's weights, is missing. {repair}"
        )
    return Path(spec.origin).parent / file


_LOADED: dict[str, onnxruntime.InferenceSession] = {}
"""By checksum: one of each is enough for all threads of a process, however often it is asked for."""


def _session(weights: bytes) -> onnxruntime.InferenceSession:
    # Imported late, because the bot judges findings without ever looking at a picture. Loaded from the bytes
    # that were checked, because the file may change in between.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread: a picture takes tens of milliseconds, and more would take cores from the sampling.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
