"""The encoder of drawn faces: what it learns from, and its training."""

from __future__ import annotations

from pathlib import Path
from random import Random

from moderation.faces.drawn import FINDER, TELLER
from pocket.faces.export import export
from pocket.faces.network import CROP_SIDE, ExportedFinder, ExportedTeller
from pocket.faces.samples import face_of, look_alike, random_look, sample_of, scene_of_anybody, worn
from pocket.faces.train import train_finder, train_teller
from pocket.loop import Budget
from pocket.world.drawing import SIZE
from pocket.world.known import KNOWN


def test_faces_stand_where_they_are_drawn_also_in_a_mirror() -> None:
    rng = Random(1)
    for seed in range(12):
        sample = worn(sample_of(scene_of_anybody(rng), seed), rng)
        assert sample.pixels.shape == (128, 128, 3)
        for face in sample.faces:
            left, top, right, bottom = face.box
            assert 0 <= left < right <= 128
            assert 0 <= top < bottom <= 128


def test_a_look_alike_has_another_face_and_a_hat_makes_none() -> None:
    rng = Random(2)
    for _ in range(100):
        look = random_look(rng)
        assert face_of(look_alike(look, rng)) != face_of(look)
    assert face_of(KNOWN["queen lunella"].look) == face_of(KNOWN["mira fandango"].look)


def test_it_is_small_and_training_goes_on(tmp_path: Path) -> None:
    assert FINDER.stat().st_size + TELLER.stat().st_size <= 600_000
    for steps in (1, 2):
        finder = train_finder(tmp_path, Budget(5, steps=steps), "cpu", batch=4)
        teller = train_teller(tmp_path, Budget(5, steps=steps), "cpu", batch=4)
    export(ExportedFinder(finder), SIZE, tmp_path / "finder.onnx", any_size=True)
    export(ExportedTeller(teller), CROP_SIDE, tmp_path / "teller.onnx")
    assert (tmp_path / "finder.onnx").stat().st_size == FINDER.stat().st_size
    assert (tmp_path / "teller.onnx").stat().st_size == TELLER.stat().st_size
