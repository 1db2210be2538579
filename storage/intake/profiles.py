"""ICC profiles made here, for files that state in a few numbers what their colours mean.

ICC.1:2022 with the fields of version 2, which all readers know.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

D50 = (0.9642, 1.0, 0.8249)
"""XYZ of the white of the profile connection space."""
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

Chromaticity = tuple[float, float]
"""x and y of CIE 1931."""


def rgb_profile(white: Chromaticity, primaries: Sequence[Chromaticity], curve: bytes) -> bytes:
    """Give a profile for RGB with these primaries and that curve (a tag from `gamma_curve` or `SRGB_CURVE`).

    Raises ValueError for primaries that span nothing.
    """
    if not all(y > 0 for _, y in (white, *primaries)):
        raise ValueError("a primary without light")
    light = _xyz(white)
    columns = np.stack([_xyz(each) for each in primaries], axis=1)
    try:
        matrix = _adapted(light) @ (columns * np.linalg.solve(columns, light))
    except np.linalg.LinAlgError as error:
        raise ValueError("primaries on one line") from error
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 4:
        raise ValueError("primaries that span nothing")
    tags = {b"wtpt": _xyz_tag(D50)}
    for index, name in enumerate((b"r", b"g", b"b")):
        tags[name + b"XYZ"] = _xyz_tag(matrix[:, index])
        tags[name + b"TRC"] = curve
    return _file(tags)


def gamma_curve(exponent: float) -> bytes:
    """Give a curve for light = value ** exponent; the exponent is up to 200."""
    return b"para" + bytes(4) + struct.pack(">HH", 0, 0) + _fixed(exponent)


_SRGB = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
SRGB_CURVE = (
    b"para"
    + bytes(4)
    + struct.pack(">HH", 3, 0)
    + b"".join(struct.pack(">i", round(each * 65536)) for each in _SRGB)
)
"""The curve of IEC 61966-2-1."""


def _xyz(chromaticity: Chromaticity) -> NDArray[np.float64]:
    x, y = chromaticity
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _adapted(white: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the matrix that takes XYZ under a white to XYZ under D50, after Bradford."""
    gains = (_BRADFORD @ np.array(D50)) / (_BRADFORD @ white)
    adapted: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ np.diag(gains) @ _BRADFORD
    return adapted


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz_tag(xyz: Sequence[float] | NDArray[np.float64]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(_fixed(float(each)) for each in xyz)


def _file(tags: dict[bytes, bytes]) -> bytes:
    start = 128 + 4 + 12 * len(tags)
    directory, body = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        directory += name + struct.pack(">II", start + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12x4s28x12s48x",
        start + len(body),
        b"",
        0x02400000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
        b"".join(_fixed(each) for each in D50),
    )
    return header + directory + body
