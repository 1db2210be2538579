"""ICC profiles made by hand, and their colours in sRGB, by arithmetic from published numbers.

Nothing here asks LittleCMS: these are the truths that it is held to.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TO_SRGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
"""XYZ under D50 to linear sRGB: Lindbloom, "RGB/XYZ Matrices", adapted by Bradford."""
D50 = np.array([0.9642, 1.0, 0.8249])


@dataclass(frozen=True)
class Space:
    """Red, green and blue of a colour space, as in the profiles that Adobe, Apple and Kodak publish."""

    name: str
    columns: tuple[tuple[float, float, float], ...]
    gamma: float | None
    """None for the curve of sRGB."""

    def profile(self) -> bytes:
        curve = gamma_tag(self.gamma) if self.gamma else SRGB_CURVE
        tags = {b"wtpt": xyz_tag(D50)}
        for name, column in zip((b"r", b"g", b"b"), self.columns, strict=True):
            tags |= {name + b"XYZ": xyz_tag(column), name + b"TRC": curve}
        return file(b"mntr", b"RGB ", b"XYZ ", tags)

    def seen(self, rgb: tuple[float, ...]) -> Floats:
        """In sRGB, 0 to 255."""
        values = np.array(rgb) / 255
        light = values**self.gamma if self.gamma else decoded(values)
        return in_srgb(np.array(self.columns).T @ light)


ADOBE_RGB = Space(
    "Adobe RGB",
    ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
    563 / 256,
)
DISPLAY_P3 = Space(
    "Display P3",
    ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),
    None,
)
PROPHOTO = Space(
    "ProPhoto RGB",
    ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491)),
    1.8,
)
SRGB = Space(
    "sRGB",
    ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)),
    None,
)


def decoded(values: Floats) -> Floats:
    """IEC 61966-2-1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def in_srgb(xyz: Floats) -> Floats:
    """XYZ under D50 to sRGB, 0 to 255, cut off where it has no such colour."""
    light = (TO_SRGB @ xyz).clip(0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def lab(xyz: Floats) -> Floats:
    """CIE L*a*b* under D50."""
    x, y, z = (
        each ** (1 / 3) if each > 216 / 24389 else (24389 / 27 * each + 16) / 116 for each in xyz / D50
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def xyz_of(lab_values: Floats) -> Floats:
    light, a, b = lab_values
    middle = (light + 16) / 116
    parts = np.array([middle + a / 500, middle, middle - b / 200])
    return D50 * np.where(parts > 6 / 29, parts**3, (116 * parts - 16) * 27 / 24389)


def grey_profile(gamma: float) -> bytes:
    return file(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": xyz_tag(D50), b"kTRC": gamma_tag(gamma)})


def table_profile(kind: bytes, space: bytes, channels: int, grid: int, xyz: Callable[..., Floats]) -> bytes:
    """A profile of a table (lut16): `xyz` gives the colour of channels from 0 to 1, at points of a grid."""
    table = b""
    for values in itertools.product(np.linspace(0, 1, grid), repeat=channels):
        light, a, b = lab(xyz(*values))
        table += struct.pack(">3H", round(light * 652.8), round((a + 128) * 256), round((b + 128) * 256))
    line = struct.pack(">2H", 0, 65535)
    unity = b"".join(struct.pack(">i", 65536 * (row == column)) for row in range(3) for column in range(3))
    tag = b"mft2" + bytes(4) + bytes((channels, 3, grid, 0)) + unity + struct.pack(">HH", 2, 2)
    tag += line * channels + table + line * 3
    return file(kind, space, b"Lab ", {b"wtpt": xyz_tag(D50), b"A2B0": tag})


def inks(cyan: float, magenta: float, yellow: float, black: float) -> Floats:
    """Inks as printers have them: none is pure, and black lets some light back."""
    rest = 1 - 0.93 * black
    light = np.array(
        [
            (1 - 0.95 * cyan) * (1 - 0.05 * magenta) * rest,
            (1 - 0.3 * cyan) * (1 - 0.85 * magenta) * (1 - 0.05 * yellow) * rest,
            (1 - 0.1 * cyan) * (1 - 0.4 * magenta) * (1 - 0.9 * yellow) * rest,
        ]
    )
    return np.linalg.solve(TO_SRGB, light)


def gamma_tag(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


SRGB_CURVE = b"curv" + bytes(4) + struct.pack(">I", 4096)
SRGB_CURVE += b"".join(
    struct.pack(">H", round(65535 * float(each))) for each in decoded(np.linspace(0, 1, 4096))
)


def xyz_tag(values: Floats | tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(float(each) * 65536)) for each in values)


def file(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    body, directory, at = b"", struct.pack(">I", len(tags)), 132 + 12 * len(tags)
    for name, tag in tags.items():
        directory += name + struct.pack(">II", at + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    start = bytearray(128)
    start[0:4] = struct.pack(">I", at + len(body))
    start[8:12] = bytes((2, 0x40, 0, 0))
    start[12:24] = kind + space + connection
    start[36:40] = b"acsp"
    start[68:80] = xyz_tag(D50)[8:]
    return bytes(start) + directory + body
