"""Which pictures lack room for a head, and how much."""

from __future__ import annotations

import pytest
from PIL import Image

from gpuworker.models.yolo import Found, Yolo
from gpuworker.stages.head_room import head_room, room_above
from pocket.detectors.train import FIGURES
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene, Thing

SIZE = (128, 128)


def found(label: str, *box: float) -> Found:
    return Found(label, 0.9, (box[0], box[1], box[2], box[3]))


def test_a_head_that_touches_the_border_gets_what_it_lacks() -> None:
    little = room_above([found("figure", 30, 0, 90, 120), found("head", 45, 0, 75, 30)], SIZE)
    more = room_above([found("figure", 30, 0, 90, 120), found("head", 45, 0, 75, 10)], SIZE)
    assert little is not None
    assert more is not None
    assert 0 < little.up < more.up
    assert more.figures == (30, 0, 90, 120)


def test_a_figure_without_a_head_gets_room_for_one() -> None:
    room = room_above([found("person", 30, 0, 90, 80)], SIZE)
    assert room is not None
    assert room.up == 40


@pytest.mark.parametrize(
    "seen",
    [
        [],
        [found("figure", 30, 20, 90, 120), found("head", 45, 20, 75, 50)],
        [found("figure", 30, 0, 90, 120), found("head", 45, 12, 75, 50)],
        [found("hand", 30, 0, 40, 10)],
    ],
    ids=["nobody", "far from the border", "an arm raised", "a hand"],
)
def test_whole_figures_need_none(seen: list[Found]) -> None:
    assert room_above(seen, SIZE) is None


def test_drawn_figures_are_told_apart() -> None:
    detector = Yolo.load(FIGURES)
    for seed, background in enumerate(("snow", "meadow", "desert", "night")):
        figure = Figure(("man", "woman")[seed % 2], "red", "standing", "centre", "big")
        drawing = draw(Scene(background, (), (figure,)), seed, 192)
        (head,) = [part.box for part in drawing.figures[0].parts if part.name == "head"]
        whole = Image.fromarray(drawing.pixels)
        assert head_room(whole, detector) is None
        room = head_room(whole.crop((32, (head[1] + head[3]) // 2, 160, 192)), detector)
        assert room is not None
        assert (head[3] - head[1]) / 2 <= room.up <= 80
    assert (
        head_room(
            Image.fromarray(draw(Scene("sea", (Thing("star", "red", "top", "big"),)), 1).pixels), detector
        )
        is None
    )
