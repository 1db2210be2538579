"""Pieces of a picture, painted in rounds."""

from __future__ import annotations

from PIL import Image

from gpuworker.engine.request import Start
from gpuworker.stages.pieces import Source, noise_of_piece
from storage.noise import Noise, Variation

PICTURE = Image.new("RGB", (8, 8), "black")


class Corner:
    """The pixel at a place."""

    def __init__(self, place: tuple[int, int]) -> None:
        self.place = place

    def start(self, picture: Image.Image, strength: float) -> Start:
        return Start(picture.crop((*self.place, self.place[0] + 1, self.place[1] + 1)), strength)

    def put_back(self, picture: Image.Image, rendered: Image.Image) -> Image.Image:
        changed = picture.copy()
        changed.paste(rendered, self.place)
        return changed


def test_without_pieces_all_of_it_is_one_round() -> None:
    white = Image.new("RGB", (8, 8), "white")
    whole = Source(PICTURE, 0.5)
    assert (whole.rounds, whole.at_once) == (1, 1)
    (start,) = whole.starts(0, PICTURE)
    assert start is not None
    assert (start.picture, start.strength, start.mask) == (PICTURE, 0.5, None)
    assert whole.put_back(0, PICTURE, [white]) is white
    assert Source().starts(0, None) == [None]


def test_each_round_is_put_back_before_the_next_one() -> None:
    source = Source(PICTURE, 1.0, ((Corner((0, 0)), Corner((7, 0))), (Corner((7, 7)),)), wanted=(4, 0, 8, 8))
    assert (source.rounds, source.at_once) == (2, 2)
    dots = [Image.new("RGB", (1, 1), colour) for colour in ("red", "lime", "blue")]
    picture = source.put_back(0, PICTURE, dots[:2])
    picture = source.put_back(1, picture, dots[2:])
    corners = [picture.getpixel(place) for place in ((0, 0), (7, 0), (7, 7), (0, 7))]
    assert corners == [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)]
    finished = source.finish(picture)
    assert finished.size == (4, 8)
    assert finished.getpixel((3, 0)) == (0, 255, 0)


def test_pieces_have_noise_of_their_own_which_is_always_the_same() -> None:
    noise = Noise(seed=7, variations=(Variation(seed=1, strength=0.2),))
    assert noise_of_piece(noise, 0) == noise
    seeds = {noise_of_piece(noise, number).seed for number in range(4)}
    assert len(seeds) == 4
    assert noise_of_piece(noise, 3) == noise_of_piece(noise, 3)
    assert noise_of_piece(noise, 3).variations == noise.variations
