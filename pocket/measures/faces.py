"""Whether a portrait has two eyes and a mouth, where a face has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pocket.measures.outlines import centre, regions
from pocket.witness.network import SEEN, Sighting

_LEAST = {"eye": 8, "mouth": 8, "face": 20}
"""Cells, of 2 x 2 pixels, of the smallest that counts; in a portrait an eye has about 40."""
_LEVEL, _NEAREST, _FARTHEST, _ASIDE = 0.35, 0.25, 1.6, 0.5
"""How far eyes may be from level, how far below them and aside a mouth may be, in distances of the eyes."""
_BARE = 0.03


def found(testimony: Sighting, what: str) -> list[tuple[float, float]]:
    """Give the centres (x, y), in cells, of each of SEEN that is there for certain, the largest first."""
    field = testimony.maps[SEEN.index(what)] - np.float32(0.5)
    return [centre(region) for region in regions(field, _LEAST[what])]


def well_formed(testimony: Sighting) -> bool:
    """Say whether there are two eyes side by side and a mouth below, and no more of either."""
    eyes, mouths = found(testimony, "eye"), found(testimony, "mouth")
    if len(eyes) != 2 or len(mouths) != 1:
        return False
    first, second = np.array(eyes)
    apart = float(np.linalg.norm(second - first))
    aside, below = (np.array(mouths[0]) - (first + second) / 2) / apart
    level = abs(second[1] - first[1]) <= _LEVEL * apart
    return bool(level and _NEAREST <= below <= _FARTHEST and abs(aside) <= _ASIDE)


def heads(testimony: Sighting) -> int:
    """Say how many faces there are."""
    return len(found(testimony, "face"))


def bare(testimony: Sighting) -> bool:
    """Say whether somebody bare takes up at least three hundredths of the picture."""
    shown: NDArray[np.bool_] = testimony.maps[SEEN.index("bare")] > 0.5
    return bool(shown.mean() >= _BARE)
