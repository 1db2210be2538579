"""A picture that others are made from, and the pieces of it that are painted, in rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from gpuworker.engine.request import Start
from gpuworker.stages.region import Box
from storage.noise import Noise


class Piece(Protocol):
    """What of an RGB picture is rendered in one request."""

    def start(self, picture: Image.Image, strength: float) -> Start:
        """Give what the engine starts from."""

    def put_back(self, picture: Image.Image, rendered: Image.Image) -> Image.Image:
        """Give the picture with what was rendered in its place."""


@dataclass(frozen=True)
class Source:
    """The picture that a job's pictures begin as, and the pieces of it that are painted, in rounds.

    Without pieces all of it is painted, in one round; without a picture, from noise alone. The pieces of a
    round are rendered at once, so none of them knows what becomes of the others. Of what comes of it only
    `wanted` remains, if that is given; pieces that are `separate` are handed over as they were rendered, too.
    `prompt` is for them, where they are to show something else than the whole picture, and `restore` is done
    to each that was rendered. `marked` is the picture with what is going to change marked in it, where the
    member does not know that before: it is shown while nothing is painted yet. `others`, of the picture's
    size, are blended with it where there are no pieces.
    """

    picture: Image.Image | None = None
    strength: float = 1.0
    pieces: tuple[tuple[Piece, ...], ...] = ()
    wanted: Box | None = None
    separate: bool = False
    prompt: str | None = None
    restore: Callable[[Image.Image], Image.Image] = lambda rendered: rendered
    marked: Image.Image | None = None
    others: tuple[Image.Image, ...] = ()

    @property
    def rounds(self) -> int:
        """Count how often each picture is worked on."""
        return max(1, len(self.pieces))

    @property
    def at_once(self) -> int:
        """Count the pieces of each round."""
        return len(self.pieces[0]) if self.pieces else 1

    def starts(self, number: int, picture: Image.Image | None) -> list[Start | None]:
        """Give what the engine starts from in a round, once for each of its pieces."""
        if picture is None:
            return [None]
        if not self.pieces:
            return [Start(picture, self.strength, others=self.others)]
        return [piece.start(picture, self.strength) for piece in self.pieces[number]]

    def put_back(
        self, number: int, picture: Image.Image | None, rendered: Sequence[Image.Image]
    ) -> Image.Image:
        """Give the picture after a round in which this was rendered of it."""
        if picture is None or not self.pieces:
            (picture,) = rendered
            return picture
        for piece, part in zip(self.pieces[number], rendered, strict=True):
            picture = piece.put_back(picture, part)
        return picture

    def finish(self, picture: Image.Image) -> Image.Image:
        """Give the picture after the last round, as it is handed over."""
        return picture.crop(self.wanted) if self.wanted else picture


def noise_of_piece(noise: Noise, number: int) -> Noise:
    """Give each piece noise of its own: pieces of one noise would show the same things."""
    if number == 0:
        return noise
    (seed,) = np.random.SeedSequence((noise.seed, number)).generate_state(1)
    return noise.model_copy(update={"seed": int(seed)})
