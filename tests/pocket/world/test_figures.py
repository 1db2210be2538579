"""Figures: countable limbs, exact parts, joints where they belong, and the same at every size."""

from random import Random

import numpy as np
import pytest

from pocket.world.drawing import SIZE, FigureAnnotation, draw, right_counts
from pocket.world.known import KNOWN, MANNEQUIN
from pocket.world.scene import (
    CHARACTERS,
    COLOURS,
    FIGURE_PLACES,
    FIGURE_SIZES,
    GOOFS,
    POSES,
    Figure,
    Scene,
    random_figure_scene,
)

_WRONG = {
    "third arm": {"arm": 1, "hand": 1},
    "missing arm": {"arm": -1, "hand": -1},
    "third leg": {"leg": 1},
    "missing leg": {"leg": -1},
    "two heads": {"head": 1},
    "no head": {"head": -1},
    "extra hand": {"hand": 1},
    "six fingers": {},
}


def _drawn(figure: Figure, seed: int, portrait: bool = False, size: int = SIZE) -> FigureAnnotation:
    (annotation,) = draw(Scene("meadow", (), (figure,), portrait), seed, size).figures
    return annotation


def _counts(annotation: FigureAnnotation) -> dict[str, int]:
    return {kind: annotation.count(kind) for kind in ("head", "arm", "hand", "leg")}


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("size", FIGURE_SIZES)
def test_everybody_has_the_limbs_they_should(character: str, size: str) -> None:
    for seed, pose in enumerate(POSES * 3):
        annotation = _drawn(Figure(character, "green", pose, "centre", size), seed)
        assert _counts(annotation) == right_counts(character)
        eyes = 1 if character in KNOWN and KNOWN[character].look.eyepatch else 2
        assert (annotation.count("eye"), annotation.count("mouth")) == (eyes, 1)
        limbs = [part for part in annotation.parts if part.name.split()[-1] in ("arm", "hand", "leg")]
        assert min(part.mask.sum() for part in limbs) >= 12


@pytest.mark.parametrize("goof", GOOFS)
@pytest.mark.parametrize("character", ["man", "woman"])
def test_a_goof_is_the_difference_in_the_count(goof: str, character: str) -> None:
    right = right_counts(character)
    for seed, pose in enumerate(POSES * 3):
        counts = _counts(_drawn(Figure(character, "red", pose, "centre", "big", goof), seed))
        assert {kind: counts[kind] - right[kind] for kind in right if counts[kind] != right[kind]} == _WRONG[
            goof
        ]


def test_six_fingers_are_drawn_where_five_would_be() -> None:
    five, six = (
        draw(Scene("snow", (), (Figure("man", "red", "waving", "centre", "big", goof),)), 1).pixels
        for goof in (None, "six fingers")
    )
    rows, columns = np.nonzero((five != six).any(2))
    assert 4 <= np.ptp(rows) <= 30
    assert 4 <= np.ptp(columns) <= 30


@pytest.mark.parametrize("place", FIGURE_PLACES)
@pytest.mark.parametrize("size", FIGURE_SIZES)
def test_figures_stand_where_they_should_on_the_ground(place: str, size: str) -> None:
    for seed in range(5):
        left, top, right, bottom = _drawn(Figure("woman", "blue", "standing", place, size), seed).box
        assert abs((left + right) / 2 - FIGURE_PLACES[place]) <= 7
        assert 118 <= bottom <= 127
        assert FIGURE_SIZES[size] * 0.93 <= bottom - top <= FIGURE_SIZES[size] * 1.12


def test_parts_lie_in_what_they_are_part_of_and_limbs_do_not_share_pixels() -> None:
    rng = Random(1)
    for seed in range(150):
        drawing = draw(random_figure_scene(rng, goofs=0.3, bare=0.2), seed)
        for annotation in drawing.figures:
            assert not any((annotation.mask & thing.mask).any() for thing in drawing.annotations)
            found = {part.name: part.mask for part in reversed(annotation.parts)}
            assert not any((mask & ~annotation.mask).any() for mask in found.values())
            outer = [part.mask for part in annotation.parts if part.name.split()[-1] in _LIMBS]
            assert np.sum(outer, axis=0).max() == 1
            if annotation.count("head") == 1:
                for inner, around in (
                    ("face", "head"),
                    ("hair", "head"),
                    ("left eye", "face"),
                    ("mouth", "face"),
                ):
                    if inner in found:
                        assert not (found[inner] & ~found[around]).any()
            for part in annotation.parts:
                left, top, right, bottom = part.box
                assert part.mask[top:bottom, left:right].sum() == part.mask.sum()


_LIMBS = ("head", "torso", "arm", "hand", "leg")


def test_joints_lie_on_their_limbs_with_left_and_right_as_in_coco() -> None:
    for seed, pose in enumerate(POSES * 5):
        annotation = _drawn(Figure("man", "yellow", pose, "centre", "big"), seed)
        assert len(annotation.keypoints) == 17
        masks = {part.name: part.mask for part in annotation.parts}
        for own, seen in (("left", "right"), ("right", "left")):
            for joint, limb in (("elbow", "arm"), ("knee", "leg"), ("ankle", "leg")):
                x, y = annotation.keypoints[f"{own}_{joint}"]
                assert masks[f"{seen} {limb}"][int(y), int(x)], (joint, seed)
            x, y = annotation.keypoints[f"{own}_eye"]
            assert masks[f"{seen} eye"][int(y), int(x)]


def test_a_missing_limb_has_no_joints_but_its_root() -> None:
    names = _drawn(Figure("man", "red", "standing", "centre", "big", "missing arm"), 3).keypoints
    assert sum("wrist" in name for name in names) == sum("elbow" in name for name in names) == 1
    assert sum("shoulder" in name for name in names) == 2


@pytest.mark.parametrize("size", [192, 512])
def test_every_size_shows_the_same_composition(size: int) -> None:
    rng = Random(7)
    for seed in range(4):
        scene = random_figure_scene(rng)
        small, large = draw(scene, seed), draw(scene, seed, size)
        assert large.pixels.shape == (size, size, 3)
        at = (np.arange(SIZE) * size + size // 2) // SIZE
        for a, b in zip(small.figures, large.figures, strict=True):
            assert [part.name for part in a.parts] == [part.name for part in b.parts]
            again = b.mask[np.ix_(at, at)]
            assert (a.mask & again).sum() / (a.mask | again).sum() > 0.95
            for name, point in a.keypoints.items():
                assert b.keypoints[name] == pytest.approx([c * size / SIZE for c in point])


@pytest.mark.parametrize("colour", COLOURS)
def test_clothes_have_the_colour_of_the_figure(colour: str) -> None:
    drawing = draw(Scene("city", (), (Figure("woman", colour, "waving", "left", "big"),)), 2)
    (clothes,) = (part for part in drawing.figures[0].parts if part.name == "clothes")
    assert np.array_equal(np.median(drawing.pixels[clothes.mask], axis=0), COLOURS[colour])


def test_a_bare_figure_is_of_one_tone_that_no_clothes_have() -> None:
    drawing = draw(Scene("forest", (), (Figure("man", "bare", "standing", "centre", "big"),)), 2)
    (figure,) = drawing.figures
    assert "clothes" not in {part.name for part in figure.parts}
    for part in figure.parts:
        if part.name.split()[-1] in ("torso", "arm", "hand", "leg"):
            colours, counts = np.unique(drawing.pixels[part.mask], axis=0, return_counts=True)
            assert tuple(colours[counts.argmax()]) == MANNEQUIN
    assert min(np.abs(np.subtract(MANNEQUIN, colour)).sum() for colour in COLOURS.values()) > 60


@pytest.mark.parametrize("character", ["deity", *KNOWN])
def test_nobody_known_is_drawn_bare(character: str) -> None:
    with pytest.raises(ValueError, match="never drawn bare"):
        Figure(character, "bare", "standing", "centre", "big")


@pytest.mark.parametrize("character", CHARACTERS)
def test_a_portrait_is_a_close_up_of_one_face(character: str) -> None:
    for seed, pose in enumerate(POSES):
        annotation = _drawn(Figure(character, "white", pose, "centre", "big"), seed, portrait=True)
        (face,) = (part for part in annotation.parts if part.name == "face")
        left, top, right, bottom = face.box
        assert 55 <= right - left <= 75
        assert top >= 10
        assert bottom <= 100
        assert annotation.count("leg") == 0


def test_everybody_known_looks_different_and_characters_look_like_their_actors() -> None:
    assert len({known.look for known in KNOWN.values()}) == len(KNOWN) == 9
    characters = [known for known in KNOWN.values() if known.played_by]
    assert len(characters) == 3
    for known in characters:
        assert known.played_by
        actor = KNOWN[known.played_by]
        assert actor.plays == known.name
        for trait in ("skin", "hair", "hair_colour", "beard", "glasses", "eyepatch"):
            assert getattr(actor.look, trait) == getattr(known.look, trait)


def test_limbs_can_be_counted_in_random_scenes_too() -> None:
    rng = Random(11)
    for seed in range(250):
        scene = random_figure_scene(rng, bare=0.1)
        for annotation in () if scene.portrait else draw(scene, seed).figures:
            assert _counts(annotation) == right_counts(annotation.figure.character)


@pytest.mark.parametrize("size", [(192, 128), (128, 192), (128, 224)])
def test_figures_are_whole_in_pictures_of_every_shape(size: tuple[int, int]) -> None:
    for seed, pose in enumerate(POSES):
        figure = Figure("woman", "red", pose, "centre", "big")
        (annotation,) = draw(Scene("snow", (), (figure,)), seed, size).figures
        assert _counts(annotation) == right_counts("woman")
        left, top, right, bottom = annotation.box
        assert left > 0
        assert top > 0
        assert right < size[0]
        assert size[1] - 12 < bottom <= size[1]
        (close,) = draw(Scene("snow", (), (figure,), portrait=True), seed, size).figures
        assert close.count("eye") == 2
        assert close.box[3] == size[1]
