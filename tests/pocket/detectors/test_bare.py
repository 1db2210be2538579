"""Who is bare is seen even where a checkpoint made a mess of them, and who is dressed is not."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import onnxruntime
import pytest
import torch
from diffusers import DiffusionPipeline
from PIL import Image

from gpuworker.models.yolo import Yolo
from moderation.pictures import load_detector
from moderation.rules.nudity import NUDITY
from pocket import CHECKPOINT
from pocket.detectors.bare import as_painted, bare_or_dressed, export_bare, unfinished_things
from pocket.detectors.painted import paint_over
from pocket.detectors.samples import labelled
from pocket.detectors.train import FIGURES
from pocket.detectors.truth import LABELS
from pocket.world.drawing import SIZE, draw
from pocket.world.scene import Figure, Scene, random_figure_scene


def somebody(rng: Random, bare: float) -> Scene:
    return random_figure_scene(rng, held_out=True, bare=bare, portraits=0.0, known=0.0)


def shares_taken_for_nudity(bare: float) -> tuple[int, float]:
    """How many who were painted came out bare or dressed as they were drawn, and what share is nudity.

    They are steered away from nudity, as a worker's further tries are.
    """
    pipeline, detector, rng = DiffusionPipeline.from_pretrained(CHECKPOINT), load_detector(), Random(6)
    drawings = [draw(somebody(rng, bare), seed) for seed in range(40)]
    alone = [drawing for drawing in drawings if len(drawing.figures) == 1][:24]
    pictures = paint_over(pipeline, alone, strength=0.65, unwanted="nude, naked, bare")
    painted = [as_painted(labelled(*each)) for each in zip(alone, pictures, strict=True)]
    seen = [
        detector.find(Image.fromarray(sample.pixels), "pocket").found
        for sample in painted
        if sample and (LABELS.index("bare torso") in sample.labels) == bool(bare)
    ]
    surest = [
        max((each.score for each in found if each.label == "BARE_TORSO"), default=0.0) for found in seen
    ]
    return len(seen), float(np.mean(np.array(surest) >= NUDITY["BARE_TORSO"].seen))


@pytest.mark.slow
def test_the_bare_are_seen_where_a_checkpoint_made_a_mess_of_them() -> None:
    count, share = shares_taken_for_nudity(bare=1.0)
    assert count >= 8
    assert share >= 0.9


@pytest.mark.slow
def test_the_dressed_are_not_taken_for_bare() -> None:
    count, share = shares_taken_for_nudity(bare=0.0)
    assert count >= 18
    assert share <= 0.05


@pytest.mark.parametrize("colour", ["mannequin", "shirt", "between"])
def test_who_was_dressed_while_painted_has_no_bare_torso_and_who_cannot_be_told_is_left_out(
    colour: str,
) -> None:
    drawn = draw(Scene("sea", (), (Figure("woman", "bare", "standing", "centre", "big"),)), 3)
    pixels, shade = drawn.pixels.copy(), {"shirt": (60, 60, 200), "between": (220, 150, 150)}
    (torso,) = [part.mask for part in drawn.figures[0].parts if part.name.endswith("torso")]
    if colour in shade:
        pixels[torso] = shade[colour]
    painted = as_painted(labelled(drawn, pixels))
    if colour == "between":
        assert painted is None
    else:
        assert painted is not None
        seen = [LABELS[int(label)] for label in painted.labels]
        assert ("bare torso" in seen) == (colour == "mannequin")
        assert len(painted.boxes) == len(seen) >= 8


def test_things_to_learn_from_are_of_the_right_size_and_have_nobody_in_them() -> None:
    pipeline = DiffusionPipeline.from_pretrained(CHECKPOINT)
    samples = unfinished_things(pipeline, 3, seed=1)
    assert [sample.pixels.shape for sample in samples] == [(SIZE, SIZE, 3)] * 3
    assert not any(len(sample.labels) or len(sample.boxes) for sample in samples)


def test_half_of_who_is_alone_is_bare_to_learn_from() -> None:
    rng = Random(1)
    alone = [scene for scene in (bare_or_dressed(rng) for _ in range(400)) if len(scene.figures) == 1]
    assert 0.4 < np.mean([scene.figures[0].clothes == "bare" for scene in alone]) < 0.6


def test_what_is_written_sees_what_the_network_sees_of_bare_torsos_alone(tmp_path: Path) -> None:
    network, pictures = Yolo.load(FIGURES).network, torch.rand(1, 3, SIZE, SIZE)
    with torch.inference_mode():
        found = network(pictures)
        found = found[0] if isinstance(found, tuple) else found
    export_bare(network, tmp_path / "bare.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "bare.onnx", providers=["CPUExecutionProvider"])
    (written,) = session.run(None, {"images": pictures.numpy()})
    label = 4 + LABELS.index("bare torso")
    assert written.shape[1] == 5
    assert np.abs(written - found[:, [0, 1, 2, 3, label]].numpy()).max() < 1e-2
