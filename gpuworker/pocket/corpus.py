"""The drawings that training reads, kept as arrays in a folder."""

import multiprocessing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from gpuworker.pocket.world.drawing import SIZE, draw
from gpuworker.pocket.world.scene import COLOURS, KINDS, Scene, random_scene

CELLS = 16
"""Cells across a coverage map: the width and height of a latent."""
_COLOURS = tuple(COLOURS)
_CELL = SIZE // CELLS


@dataclass(frozen=True)
class Corpus:
    """Drawings of scenes from the training combinations.

    `pixels` is uint8 (N, SIZE, SIZE, 3); `coverage` is uint8 (N, 2, CELLS, CELLS), 0 to 255, the share of
    each cell that the first and second thing cover, zero where there is no second thing.
    """

    scenes: list[Scene]
    pixels: NDArray[np.uint8]
    coverage: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.scenes)

    def maps(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Which kind and which colour covers each cell.

        Returns float32 (len(indices), len(KINDS) + len(COLOURS), CELLS, CELLS), shares from 0 to 1.
        """
        found = np.zeros((len(indices), len(KINDS) + len(_COLOURS), CELLS, CELLS), np.float32)
        for row, index in enumerate(indices):
            for thing, covered in zip(self.scenes[index].things, self.coverage[index], strict=False):
                found[row, KINDS.index(thing.kind)] += covered / np.float32(255)
                found[row, len(KINDS) + _COLOURS.index(thing.colour)] += covered / np.float32(255)
        return found.clip(max=1)


def training_scenes(count: int, seed: int) -> list[Scene]:
    """Scenes that are not held out, those of one and of two things in turn."""
    rng = Random(seed)
    return [random_scene(rng, 1 + i % 2) for i in range(count)]


def _draw_one(item: tuple[int, Scene], seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    index, scene = item
    drawing = draw(scene, seed + index)
    coverage = np.zeros((2, CELLS, CELLS), np.uint8)
    for i, annotation in enumerate(drawing.annotations):
        cells = annotation.mask.reshape(CELLS, _CELL, CELLS, _CELL).mean((1, 3))
        coverage[i] = np.round(cells * 255)
    return drawing.pixels, coverage


def load_corpus(folder: Path, count: int, seed: int = 1) -> Corpus:
    """The corpus of `count` drawings kept in `folder`, drawn first if it is not there yet."""
    scenes = training_scenes(count, seed)
    files = folder / f"pixels-{seed}-{count}.npy", folder / f"coverage-{seed}-{count}.npy"
    if not all(file.exists() for file in files):
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.empty((count, SIZE, SIZE, 3), np.uint8)
        coverage = np.empty((count, 2, CELLS, CELLS), np.uint8)
        with multiprocessing.get_context("spawn").Pool() as pool:
            drawn = pool.imap(partial(_draw_one, seed=seed), enumerate(scenes), chunksize=64)
            for i, (picture, cover) in enumerate(drawn):
                pixels[i], coverage[i] = picture, cover
        np.save(files[0], pixels)
        np.save(files[1], coverage)
    return Corpus(scenes, np.load(files[0], mmap_mode="r"), np.load(files[1]))
