"""Reading what is written in a picture, whichever way up, in Latin, Chinese or Japanese letters: PP-OCRv6.

The weights are Baidu's (Apache-2.0), as the package rapidocr brings them; its code, which may fetch others,
is not run. A small look says whether anything is written at all, as in most pictures nothing is; a larger
one finds the lines, and each is read by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from PIL import Image, ImageOps

from moderation.manifest import pinned
from moderation.pinned_onnx import load_pinned, packaged
from moderation.seen import MOST_LINES, NOTHING, Written

if TYPE_CHECKING:
    import onnxruntime

_FINDER, _READER = "models/PP-OCRv6_det_small.onnx", "models/PP-OCRv6_rec_small.onnx"
_REPAIR = "Install them again with: pip install --force-reinstall --no-deps rapidocr==3.10.0"
_LOOK, _CLOSE_LOOK = 512, 1024
"""Pixels of the longer side; larger pictures get a close look. A glance has half as many.

Letters of less than a fortieth of the side may not be seen, closely those of less than a hundredth.
"""
_MULTIPLE = 32
_INK = 0.3
"""From which probability a pixel is one of writing."""
_LEAST_INK = 30
"""Such pixels at a glance, so that a larger look is worth its time."""
_SURE_LINE, _SURE_LETTERS = 0.5, 0.7
"""From which mean probability something is a line, and from which its letters are believed."""
_PLAIN_LETTERS = 0.97
"""From which mean probability of its letters a line stands the right way up."""
_SPECKS = 0.2
"""Percent of the lightest and darkest pixels that do not say how much contrast a picture has."""
_GROWN = 1.6
"""How much larger a line is than the core of it that is found: its area over its outline."""
_SAMPLE = 8
"""Lines that say whether a picture of very many is one of writing."""
_HEIGHT, _LONGEST = 48, 1200
"""Pixels of a line as it is read; longer ones are read in parts, which count as lines."""

_Pixels: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
_Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]


class Lettering:
    """Finds and reads lines. One instance serves any number of threads at once."""

    def __init__(self, finder: onnxruntime.InferenceSession, reader: onnxruntime.InferenceSession) -> None:
        self._finder: Any = finder
        self._reader: Any = reader
        letters = reader.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._letters = ("", *letters, " ")

    @classmethod
    def load(cls) -> Lettering:
        """Load the pinned weights. Raises `DetectorError`."""
        return cls(*(_pinned(file) for file in (_FINDER, _READER)))

    def read(self, image: Image.Image, *, closely: bool = False) -> Written:
        """Read a picture of any size and mode, in time that does not grow with what is written in it.

        Of more lines than are read, only the largest are. To read `closely` takes seconds: no glance decides
        whether it is worth it, and half as large letters are seen. Raises whatever the runtime raises
        when it cannot answer.
        """
        image = ImageOps.autocontrast(image.convert("RGB"), cutoff=_SPECKS, preserve_tone=True)
        longest = max(image.size)
        side = _CLOSE_LOOK if longest > _CLOSE_LOOK else max(_LOOK, longest) if closely else _LOOK
        if not closely and int((self._ink(image, side // 2) > _INK).sum()) < _LEAST_INK:
            return NOTHING
        found = sorted(_lines_in(self._ink(image, side), image.size), key=_height, reverse=True)
        pixels = np.asarray(image)
        parts = [
            part for line in sorted(found[:MOST_LINES], key=_place) for part in _parts(_cut(pixels, line))
        ]
        if max(len(found), len(parts)) > MOST_LINES and len(self._lines(parts[:_SAMPLE])) > _SAMPLE // 2:
            return Written(has_more=True)
        # What looks like many lines and cannot be read is a pattern; among it may be writing all the same.
        return Written(self._lines(parts[:MOST_LINES]))

    def _ink(self, image: Image.Image, side: int) -> _Floats:
        """Give the probability of writing at each pixel of a picture whose longer side is `side`."""
        scale = side / max(image.size)
        width, height = (max(1, round(each * scale / _MULTIPLE)) * _MULTIPLE for each in image.size)
        small = image.resize((width, height), Image.Resampling.BILINEAR)
        (ink,) = self._finder.run(None, {"x": _as_input(np.asarray(small))})
        return np.asarray(ink[0, 0], np.float32)

    def _lines(self, parts: Sequence[_Pixels]) -> tuple[str, ...]:
        """Give what can be read."""
        read = map(self._any_way, parts)
        return tuple(text for text, sure in read if text and sure >= _SURE_LETTERS)

    def _any_way(self, pixels: _Pixels) -> tuple[str, float]:
        """Read a line as it stands; one that does not read well so, upside down and mirrored, too."""
        read = self._line(pixels)
        if read[1] >= _PLAIN_LETTERS:
            return read
        others = (pixels[::-1, ::-1], pixels[:, ::-1])
        return max((read, *map(self._line, others)), key=lambda each: each[1])

    def _line(self, pixels: _Pixels) -> tuple[str, float]:
        """Read a line of `_HEIGHT`; give its text, and the mean probability of its letters, 0 to 1."""
        (answer,) = self._reader.run(None, {"x": _as_input(pixels)})
        chosen, sure = answer[0].argmax(1), answer[0].max(1)
        # A letter stands where it begins; 0 stands for none, and parts two that are the same (CTC).
        begins = (chosen != 0) & np.concatenate(([True], chosen[1:] != chosen[:-1]))
        if not begins.any():
            return "", 0.0
        return "".join(self._letters[each] for each in chosen[begins]), float(sure[begins].mean())


def lettering() -> Lettering:
    """Give the one of this process, loaded when it is first asked for. Raises `DetectorError`."""
    with _LOADING:
        return _loaded()


_LOADING = threading.Lock()
"""Two threads that ask at once would both load it."""


@cache
def _loaded() -> Lettering:
    return Lettering.load()


def _pinned(file: str) -> onnxruntime.InferenceSession:
    return load_pinned(packaged("rapidocr", file, _REPAIR), pinned(f"rapidocr/{file}"), _REPAIR)


def _as_input(pixels: _Pixels) -> _Floats:
    """Give RGB pixels as float32 (1, 3, height, width) from -1 to 1, in the order blue, green, red."""
    return np.ascontiguousarray(pixels[None, :, :, ::-1].transpose(0, 3, 1, 2), np.float32) / 127.5 - 1


def _lines_in(ink: _Floats, size: tuple[int, int]) -> list[_Floats]:
    """Give the corners (4, 2) of the lines in a picture of that size, from the upper left, clockwise."""
    # Imported late, as pictures are looked at in few of the processes that know of this.
    import cv2

    shapes, _ = cv2.findContours((ink > _INK).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    scale = np.array(size, np.float32) / ink.shape[::-1]
    lines = []
    for shape in shapes:
        middle, (width, height), angle = cv2.minAreaRect(shape)
        if min(width, height) < 2 or _mean_within(ink, shape) < _SURE_LINE:
            continue
        more = width * height * _GROWN / (width + height)
        corners = cv2.boxPoints((middle, (width + more, height + more), angle))
        lines.append(np.asarray(_from_upper_left(np.asarray(corners, np.float32)) * scale, np.float32))
    return lines


def _mean_within(ink: _Floats, shape: Any) -> float:
    import cv2

    left, top, width, height = cv2.boundingRect(shape)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [shape - (left, top)], 1)
    return float(ink[top : top + height, left : left + width][mask > 0].mean())


def _from_upper_left(corners: _Floats) -> _Floats:
    """Order four corners so that the first two are the upper edge."""
    by_left = corners[corners[:, 0].argsort(kind="stable")]
    left, right = (pair[pair[:, 1].argsort(kind="stable")] for pair in (by_left[:2], by_left[2:]))
    return np.stack((left[0], right[0], right[1], left[1]))


def _cut(pixels: _Pixels, corners: _Floats) -> _Pixels:
    """Cut out a line, straight; one that goes up or down is turned."""
    import cv2

    width = max(1, round(float(np.linalg.norm(corners[1] - corners[0]))))
    height = max(1, round(_height(corners)))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    line = cv2.warpPerspective(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rot90(line) if height > 1.5 * width else line, np.uint8)


def _parts(line: _Pixels) -> Iterator[_Pixels]:
    """Give a line in the height that is read, cut between words where it is long."""
    width = max(_HEIGHT, round(line.shape[1] * _HEIGHT / line.shape[0]))
    left = np.asarray(Image.fromarray(line).resize((width, _HEIGHT), Image.Resampling.BILINEAR))
    while left.shape[1] > _LONGEST:
        columns = left[:, _LONGEST // 2 : _LONGEST].std(axis=(0, 2))
        blank = np.convolve(columns, np.ones(_HEIGHT // 4), "same").argmin()
        cut = _LONGEST // 2 + int(blank)
        yield left[:, :cut]
        left = left[:, cut:]
    yield left


def _height(corners: _Floats) -> float:
    return float(np.linalg.norm(corners[3] - corners[0]))


def _place(corners: _Floats) -> tuple[float, float]:
    """Order lines from the top, and those that stand side by side from the left."""
    middle = corners.mean(0)
    return round(middle[1] / max(1.0, _height(corners))), float(middle[0])
