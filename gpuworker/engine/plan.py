"""How pictures of one size are computed, so that a checkpoint's passes keep to the memory they may take."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.footprint import Law
from gpuworker.checkpoints.memory import Memory, readable
from gpuworker.engine.errors import Lacking
from gpuworker.engine.joined import JoinedConditioning
from gpuworker.engine.rows import RowLimit
from gpuworker.families.tiles import LEAST_TILE
from moderation.told import Told
from storage.sizes import MOST_SIDE, smaller

_SCORES = 0.25
"""Of the room for a pass: what the scores of attention may take when all at once are too many."""
_DECODED_AT_ONCE = 4
"""Pictures in one pass of the autoencoder: more gain no time, and each takes more memory than a row."""
TILES = (128, 96, 64, 48, 32, LEAST_TILE)
"""Sides in cells; the larger, the less is computed twice."""


@dataclass(frozen=True)
class Plan:
    """`rows` go into one pass of the UNet, and `pictures` into one of the autoencoder.

    `scores` are the bytes that scores of attention may take, `tile` the cells a side that the autoencoder
    works on; None is no limit. `row` are the bytes that a row of the UNet takes. All follow from checkpoint,
    size and memory alone, never from batch mates.
    """

    rows: RowLimit
    pictures: RowLimit
    scores: int | None = None
    tile: int | None = None
    row: int = 0
    conditioning: JoinedConditioning = field(default_factory=JoinedConditioning, compare=False)


def plan(
    checkpoint: Checkpoint, memory: Memory, width: int, height: int, max_rows: int, beside: int = 0
) -> Plan:
    """Give the plan for pictures of so many pixels. Raises `Lacking` when even one does not fit.

    `beside` are the bytes of the LoRAs that these pictures are drawn with.
    """
    found = _plan(checkpoint, memory, width, height, max_rows, beside)
    if found is None:
        raise Lacking(_too_large(checkpoint, memory, width, height, beside))
    return found


def most_pixels(checkpoint: Checkpoint, memory: Memory) -> int:
    """Give the most pixels that a picture may have, up to those of the largest picture that anybody asks for.

    What fits depends on how many they are, not on the shape.
    """
    per_cell = checkpoint.model.pixels_per_latent**2
    return per_cell * bisect_left(
        range(1, MOST_SIDE**2 // per_cell + 1),
        True,
        key=lambda cells: _plan(checkpoint, memory, per_cell * cells, 1) is None,
    )


def _plan(
    checkpoint: Checkpoint, memory: Memory, width: int, height: int, max_rows: int = 1, beside: int = 0
) -> Plan | None:
    """Plan with all scores at once if that fits, else with attention in slices."""
    cells, room = _cells(checkpoint, width, height), memory.room(checkpoint.bytes + beside)
    if checkpoint.bytes + beside + checkpoint.visiting_towers > memory.total:
        return None
    whole = _plan_within(room, checkpoint, cells, None, max_rows)
    return whole or _plan_within(room, checkpoint, cells, int(_SCORES * room), max_rows)


def _plan_within(
    room: int, checkpoint: Checkpoint, cells: int, scores: int | None, max_rows: int
) -> Plan | None:
    left, of = room - (scores or 0), checkpoint.footprint

    def taken(law: Law) -> int:
        return law(cells) if scores is None else law.sliced(cells)

    row = taken(of.denoise)
    rows, left = left // row, left - checkpoint.visiting_autoencoder
    pictures = left // taken(of.autoencode)
    if rows < 1:
        return None
    limit = RowLimit(min(max_rows, rows))
    if pictures >= 1:
        return Plan(limit, RowLimit(min(_DECODED_AT_ONCE, pictures)), scores, row=row)
    left -= taken(of.autoencode_in_tiles)
    tile = next((side for side in TILES if of.autoencode_tile.sliced(side**2) <= left), None)
    return None if tile is None else Plan(limit, RowLimit(1), scores, tile, row)


def _cells(checkpoint: Checkpoint, width: int, height: int) -> int:
    return width * height // checkpoint.model.pixels_per_latent**2


def _too_large(checkpoint: Checkpoint, memory: Memory, width: int, height: int, beside: int) -> str:
    of, cells = checkpoint.footprint, _cells(checkpoint, width, height)
    in_tiles = of.autoencode_in_tiles.sliced(cells) + of.autoencode_tile.sliced(LEAST_TILE**2)
    drawing = min(of.autoencode.sliced(cells), in_tiles) + checkpoint.visiting_autoencoder
    least = max(of.denoise.sliced(cells), drawing)
    if of.denoise.per_pair:
        least = int(least / (1 - _SCORES))
    weights = checkpoint.bytes + beside
    needed = max(memory.needed(least, weights), weights + checkpoint.visiting_towers)
    says = Told(
        "{width}x{height} needs about {needed} with {checkpoint}, and this worker has {there}",
        width=width,
        height=height,
        needed=readable(needed),
        checkpoint=checkpoint.name,
        there=readable(memory.total),
    )
    for across, down in smaller((width, height)):
        if _plan(checkpoint, memory, across, down, beside=beside):
            return Told("{problem}: ask for at most {across}x{down}.", problem=says, across=across, down=down)
    return Told("{problem}: choose a smaller checkpoint.", problem=says)
