"""The witness on held-out drawings, as they are and worn, and its training."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from pocket.detectors.samples import wear
from pocket.loop import Budget
from pocket.measures.evaluate import person_scenes
from pocket.measures.faces import bare, heads, well_formed
from pocket.witness.network import NAMES, SEEN, WITNESS, Witness, load_witness, save_witness
from pocket.witness.train import sample_of, scene_to_tell, train_witness
from pocket.world.drawing import draw
from pocket.world.known import KNOWN
from pocket.world.scene import Figure, Scene


@pytest.fixture(scope="module")
def witness() -> Witness:
    return load_witness()


def _share(right: list[bool]) -> float:
    return sum(right) / len(right)


@pytest.mark.parametrize("worn", [False, True])
def test_faces_of_portraits_are_seen(witness: Witness, worn: bool) -> None:
    rng = Random(1)
    scenes = person_scenes(["man", "woman"] * 12, [True] * 24, rng)
    pixels = [draw(scene, seed).pixels for seed, scene in enumerate(scenes)]
    told = witness.look(np.stack([wear(each, rng) if worn else each for each in pixels]))
    assert _share([well_formed(each) for each in told]) >= (0.8 if worn else 0.95)
    assert _share([heads(each) == 1 for each in told]) >= 0.95


def test_a_face_without_a_mouth_or_with_a_third_eye_is_not_well_formed(witness: Witness) -> None:
    right = []
    for seed, scene in enumerate(person_scenes(["woman"] * 12, [True] * 12, Random(2))):
        drawing = draw(scene, seed)
        parts = {part.name: part for part in drawing.figures[0].parts}
        without, more = drawing.pixels.copy(), drawing.pixels.copy()
        left, top, right_side, bottom = parts["mouth"].box
        cheek = drawing.pixels[bottom + 2, (left + right_side) // 2]
        without[top - 1 : bottom + 1, left - 1 : right_side + 1] = cheek
        eye_left, eye_top, eye_right, eye_bottom = parts["left eye"].box
        height, width = eye_bottom - eye_top + 2, eye_right - eye_left + 2
        middle = 64 - width // 2
        above = eye_top - height - 4
        eye = drawing.pixels[eye_top - 1 : eye_bottom + 1, eye_left - 1 : eye_right + 1]
        more[above : above + height, middle : middle + width] = eye
        told = witness.look(np.stack([without, more]))
        right += [not well_formed(each) for each in told]
    assert _share(right) >= 0.85


def test_everybody_known_is_told_from_the_others(witness: Witness) -> None:
    names = [*KNOWN] * 4 + ["man", "woman"] * 6
    scenes = person_scenes(names, [i % 2 == 0 for i in range(len(names))], Random(3))
    told = witness.look(np.stack([draw(scene, seed).pixels for seed, scene in enumerate(scenes)]))
    right = [
        each.name == (name if name in KNOWN else NAMES[0]) for each, name in zip(told, names, strict=True)
    ]
    assert _share(right) >= 0.95


def test_the_bare_are_told_from_the_dressed(witness: Witness) -> None:
    pictures, truth = [], []
    for seed in range(24):
        clothes = ("bare", "pink", "orange")[seed % 3]
        figure = Figure(("man", "woman")[seed % 2], clothes, "waving", "centre", "big")
        pictures.append(draw(Scene("snow", (), (figure,), portrait=seed % 4 == 0), seed).pixels)
        truth.append(clothes == "bare")
    assert [bare(each) for each in witness.look(np.stack(pictures))] == truth


def test_heads_are_counted_in_wide_pictures(witness: Witness) -> None:
    counted = []
    for seed in range(12):
        figures = tuple(
            Figure(("man", "woman")[seed % 2], "red", "standing", place, "medium")
            for place in ("left", "right")[: 1 + seed % 2]
        )
        (told,) = witness.look(draw(Scene("meadow", (), figures), seed, (192, 128)).pixels[None])
        counted.append(heads(told) == len(figures))
    assert _share(counted) >= 0.9


def test_samples_say_what_is_drawn() -> None:
    figure = Figure("ozzo plimpkin", "red", "standing", "centre", "big")
    sample = sample_of(draw(Scene("sea", (), (figure,), portrait=True), 1))
    assert NAMES[sample.name] == "ozzo plimpkin"
    assert sample.maps.shape == (len(SEEN), 64, 64)
    assert sample.maps[SEEN.index("eye")].max() == 255
    assert not sample.maps[SEEN.index("bare")].any()
    naked = sample_of(draw(Scene("sea", (), (Figure("man", "bare", "standing", "left", "big"),)), 1))
    assert NAMES[naked.name] == "nobody"
    assert naked.maps[SEEN.index("bare")].max() == 255


def test_training_never_sees_what_is_held_out() -> None:
    rng = Random(5)
    assert not any(scene_to_tell(rng).held_out for _ in range(500))


def test_it_is_small_and_training_goes_on(tmp_path: Path) -> None:
    assert WITNESS.stat().st_size < 700_000
    for steps in (1, 2):
        trained = train_witness(tmp_path, Budget(5, steps=steps), "cpu", batch=4)
    save_witness(trained, tmp_path / "witness.safetensors")
    again = load_witness(tmp_path / "witness.safetensors")
    pictures = np.zeros((1, 128, 128, 3), np.uint8)
    assert again.look(pictures)[0].name in NAMES
