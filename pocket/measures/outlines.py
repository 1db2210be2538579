"""Regions of one colour in a picture, and their outlines to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Field = NDArray[np.float32]
_AS_NEAR = 70.0
"""How far, in steps of RGB, a pixel may be from a colour that it is said to have."""


@dataclass(frozen=True)
class Region:
    """A connected part of a picture. `field` (H, W) is positive inside and crosses zero at its outline."""

    field: Field
    area: int

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Pixels whose centre is inside."""
        return self.field > 0


def nearness(pixels: Pixels, colour: tuple[int, int, int]) -> Field:
    """Say how much nearer each pixel (H, W) is to a colour than it need be to have it; RGB of 0 to 255.

    As far on one side of an outline as on the other, so that it lies where the colour ends.
    """
    away = np.linalg.norm(pixels.astype(np.float32) - np.array(colour, np.float32), axis=2)
    near: Field = np.clip(_AS_NEAR - away, -_AS_NEAR, _AS_NEAR).astype(np.float32)
    return near


def regions(field: Field, least: int) -> list[Region]:
    """Give the connected parts where a field is positive, of at least so many pixels, the largest first.

    Corners that touch do not connect.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats((field > 0).astype(np.uint8), connectivity=4)
    areas = [(int(stats[i, cv2.CC_STAT_AREA]), i) for i in range(1, count)]
    found = []
    for area, i in sorted(areas, reverse=True):
        if area < least:
            break
        # What is positive and not of this region must not be: its neighbours would bend the outline.
        others = (labels != i) & (field > 0)
        found.append(Region(np.where(others, np.float32(-1), field), area))
    return found


def filled(region: Region) -> Region:
    """Give the region without its holes: reflections, specks and windows."""
    outside = (~region.mask).astype(np.uint8)
    _, labels = cv2.connectedComponents(np.pad(outside, 1, constant_values=1), connectivity=8)
    holes = (labels[1:-1, 1:-1] != labels[0, 0]) & ~region.mask
    field = np.where(holes, np.abs(region.field).clip(1), region.field)
    return Region(field, int((field > 0).sum()))


def _crossings(a: Field, b: Field) -> Field:
    """Say how far from a to b the field is zero, 0 to 1; NaN where it does not change its sign."""
    changes = (a > 0) != (b > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(changes, a / (a - b), np.nan).astype(np.float32)


def perimeter(region: Region) -> float:
    """Give the length of the outline in pixels, by marching squares."""
    field = np.pad(region.field, 1, constant_values=-1.0)
    top, left = _crossings(field[:-1, :-1], field[:-1, 1:]), _crossings(field[:-1, :-1], field[1:, :-1])
    bottom, right = _crossings(field[1:, :-1], field[1:, 1:]), _crossings(field[:-1, 1:], field[1:, 1:])
    zero, one = np.zeros_like(top), np.ones_like(top)
    # The crossing points of each cell's four edges, (x, y) within the cell.
    points = np.stack(
        [np.stack([top, zero]), np.stack([zero, left]), np.stack([bottom, one]), np.stack([one, right])]
    )
    there = np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])
    total = 0.0
    for i in range(4):
        for j in range(i + 1, 4):
            # A cell with four crossings is a saddle, of which an outline has next to none.
            pair = there[i] & there[j] & (there.sum(0) == 2)
            total += float(np.linalg.norm(points[i][:, pair] - points[j][:, pair], axis=0).sum())
    return total


def isoperimetric_quotient(region: Region) -> float:
    """4 pi area / perimeter², which is 1 for a disc, 0.95 for an octagon, 0.79 for a square.

    Smoothed by less than a pixel, so that pixels in steps are no longer than the line that they stand for.
    """
    smooth = cv2.GaussianBlur(region.field, (3, 3), 0.7).astype(np.float32)
    outline = Region(smooth, int((smooth > 0).sum()))
    return 4 * np.pi * area(outline) / max(perimeter(outline), 1e-6) ** 2


def area(region: Region) -> float:
    """Measure the area within the outline in square pixels: half of those on it, more or less."""
    field = np.pad(region.field, 1, constant_values=-1.0)
    # Four times as fine, so that the outline is where the perimeter has it.
    height, width = field.shape
    fine = cv2.resize(field, (width * 4, height * 4), interpolation=cv2.INTER_LINEAR)
    return float((fine > 0).sum()) / 16


def centre(region: Region) -> tuple[float, float]:
    """Give the mean (x, y) of its pixels."""
    rows, columns = np.nonzero(region.mask)
    return float(columns.mean()), float(rows.mean())


def radii(region: Region, turns: int = 180) -> Field:
    """Say how far the outline is from the centre in so many directions, the farthest of it, in pixels."""
    height, width = region.field.shape
    x, y = centre(region)
    reach = np.arange(0, float(np.hypot(height, width)), 0.5)
    angles = np.linspace(0, 2 * np.pi, turns, endpoint=False, dtype=np.float32)[:, None]
    columns, rows = x + reach * np.cos(angles), y + reach * np.sin(angles)
    sampled = cv2.remap(
        region.field,
        columns.astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=-1.0,
    )
    inside = sampled > 0
    last = inside.shape[1] - 1 - inside[:, ::-1].argmax(1)
    return np.where(inside.any(1), reach[last], 0).astype(np.float32)
