"""The drawings that training reads, kept as arrays in a folder."""

import multiprocessing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pocket.world.drawing import SIZE, Drawing, draw
from pocket.world.scene import COLOURS, KINDS, Scene, training_scene

CELLS = 16
"""Cells across a map: the width and height of a latent."""
FIGURE_MAPS = ("head", "face", "torso", "arm", "hand", "leg", "bare")
MAP_NAMES = (*KINDS, *COLOURS, *FIGURE_MAPS)
"""What the maps of a drawing are of, in order."""


@dataclass(frozen=True)
class Corpus:
    """Drawings of scenes from the training combinations.

    `pixels` is uint8 (N, size, size, 3); `maps` is uint8 (N, len(MAP_NAMES), CELLS, CELLS), 0 to 255, the
    share of each cell that shows something of a kind, a colour (of a thing or of clothes), a part of a figure
    or a bare figure.
    """

    scenes: list[Scene]
    pixels: NDArray[np.uint8]
    maps: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.scenes)


def training_scenes(count: int, seed: int) -> list[Scene]:
    """Give scenes that are not held out, by lots."""
    rng = Random(seed)
    return [training_scene(rng) for _ in range(count)]


def draw_maps(drawing: Drawing) -> NDArray[np.uint8]:
    """Give a drawing's maps (len(MAP_NAMES), rows, columns), as in a corpus; CELLS along the shorter side."""
    masks: dict[str, NDArray[np.bool_]] = {}

    def add(name: str, mask: NDArray[np.bool_]) -> None:
        masks[name] = masks[name] | mask if name in masks else mask

    for annotation in drawing.annotations:
        add(annotation.thing.kind, annotation.mask)
        add(annotation.thing.colour, annotation.mask)
    for figure in drawing.figures:
        for part in figure.parts:
            if part.name == "clothes":
                add(figure.figure.clothes, part.mask)
            elif (kind := part.name.split()[-1]) in FIGURE_MAPS:
                add(kind, part.mask)
        if figure.figure.clothes == "bare":
            add("bare", figure.mask)
    height, width, _ = drawing.pixels.shape
    rows, columns = (round(CELLS * side / min(height, width)) for side in (height, width))
    maps = np.zeros((len(MAP_NAMES), rows, columns), np.uint8)
    for name, mask in masks.items():
        image = Image.fromarray(mask.astype(np.uint8) * 255)
        maps[MAP_NAMES.index(name)] = np.asarray(image.resize((columns, rows), Image.Resampling.BOX))
    return maps


def _draw_one(item: tuple[int, Scene], seed: int, size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    index, scene = item
    drawing = draw(scene, seed + index, size)
    return drawing.pixels, draw_maps(drawing)


def load_corpus(folder: Path, count: int, seed: int = 1, size: int = SIZE) -> Corpus:
    """Give the corpus of `count` drawings kept in `folder`, drawn first if it is not there yet.

    Equal seeds give equal compositions, whatever the `size` of the drawings in pixels, a multiple of CELLS.
    """
    scenes = training_scenes(count, seed)
    files = [folder / f"{what}-{size}-{seed}-{count}.npy" for what in ("pixels", "maps")]
    if not all(file.exists() for file in files):
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.empty((count, size, size, 3), np.uint8)
        maps = np.empty((count, len(MAP_NAMES), CELLS, CELLS), np.uint8)
        with multiprocessing.get_context("spawn").Pool() as pool:
            drawn = pool.imap(partial(_draw_one, seed=seed, size=size), enumerate(scenes), chunksize=64)
            for i, (picture, map_) in enumerate(drawn):
                pixels[i], maps[i] = picture, map_
        np.save(files[0], pixels)
        np.save(files[1], maps)
    return Corpus(scenes, np.load(files[0], mmap_mode="r"), np.load(files[1], mmap_mode="r"))
