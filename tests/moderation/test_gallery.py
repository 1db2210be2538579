from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from moderation.gallery import DRAWN, NOBODY, PHOTOGRAPHED, Gallery, Learned, NotLearned, learn
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene

HOPPER = Image.open(Path(__file__).with_name("portrait.jpg"))


def drawn(*who: str, seed: int = 1) -> Image.Image:
    places = ("left", "right") if len(who) > 1 else ("centre",)
    figures = tuple(
        Figure(each, "blue", "standing", place, "medium") for each, place in zip(who, places, strict=True)
    )
    return Image.fromarray(draw(Scene("meadow", (), figures, portrait=len(who) == 1), seed).pixels)


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    mira = [learn("Mira", drawn("mira fandango", seed=seed), "pocket") for seed in (1, 2, 3)]
    return Gallery([learn("Grace Hopper", HOPPER), *mira])


def test_whoever_was_learned_is_recognised_and_nobody_else(gallery: Gallery) -> None:
    def names(image: Image.Image, checkpoint: str) -> list[str]:
        return [known.name for known in gallery.known(gallery.look(image, checkpoint))]

    assert names(HOPPER.rotate(8), "some-photo-model") == ["Grace Hopper"]
    assert names(HOPPER, "") == ["Grace Hopper"]
    assert names(drawn("mira fandango", seed=6), "pocket-xl") == ["Mira"]
    assert names(drawn("man", "woman", seed=6), "pocket") == []


def test_a_gallery_of_drawings_looks_at_no_photographs(gallery: Gallery) -> None:
    assert gallery.encoders == {DRAWN.name, PHOTOGRAPHED.name}
    only_drawn = Gallery([Learned("Mira", DRAWN.name, np.ones(DRAWN.dimensions, np.float32))])
    assert only_drawn.look(HOPPER) == ()
    assert NOBODY.look(HOPPER, "pocket") == ()
    assert NOBODY.known(gallery.look(HOPPER)) == ()


@pytest.mark.parametrize(
    ("name", "who", "complaint"),
    [
        ("Nobody", (), "I see no face"),
        ("Both", ("man", "woman"), "There are 2 faces"),
        ("  ", ("man",), "a name of 1 to 100 characters"),
        ("x" * 101, ("man",), "a name of 1 to 100 characters"),
    ],
)
def test_what_cannot_be_learned_is_a_sentence(name: str, who: tuple[str, ...], complaint: str) -> None:
    image = drawn(*who) if who else Image.new("RGB", (64, 64), "green")
    with pytest.raises(NotLearned, match=complaint):
        learn(name, image, "pocket")
