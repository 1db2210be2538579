"""Which faces are found, what of them changes, and what is handed over."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from pydantic import ValidationError

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.lazy import lazy_figures
from gpuworker.models.yolo import Yolo
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.faces import faces, portrait
from gpuworker.stages.imagine import imagine
from pocket.detectors.train import FIGURES
from pocket.world.drawing import Drawing, draw
from pocket.world.scene import Figure, Scene, Thing
from storage.events import Progress
from storage.jobs import Job
from storage.noise import Noise
from storage.settings import Settings
from storage.starts import FacePart, Faces
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import FakeEngine, bench_of

SIZE = (128, 128)
TWO = Scene(
    "snow",
    (),
    (
        Figure("man", "red", "standing", "left", "medium"),
        Figure("woman", "blue", "standing", "right", "medium"),
    ),
)
NOBODY = Image.fromarray(draw(Scene("sea", (Thing("star", "red", "top", "big"),)), 1).pixels)


@pytest.fixture(scope="module")
def detector() -> Yolo:
    return Yolo.load(FIGURES)


@pytest.fixture
def a_bench(tmp_path: Path, told: list[Progress]) -> Callable[..., Bench]:
    figures = lazy_figures(Settings(home=tmp_path), "cpu")
    return partial(bench_of, tmp_path, engine=FakeEngine(), figures=figures, tell=told.append)


def two() -> Drawing:
    return draw(TWO, 3)


def a_face_job(bench: Bench, image: Image.Image, pictures: int = 1, **asked: Any) -> Job:
    file = io.BytesIO()
    image.save(file, "PNG")
    start = Faces(image=bench.blobs.put(file.getvalue()), strength=0.7, **asked)
    job = a_job(pictures=pictures, steps=3)
    return job.model_copy(update={"task": imagined(job).model_copy(update={"start": start})})


def opened(bench: Bench, blob: str | None) -> Image.Image:
    return Image.open(io.BytesIO(bench.blobs.get(blob or "")))


def test_faces_are_found_where_they_were_drawn(detector: Yolo) -> None:
    drawing = two()
    found = faces(Image.fromarray(drawing.pixels), "face", SIZE, detector)
    drawn = [part.box for figure in drawing.figures for part in figure.parts if part.name == "face"]
    assert len(found) == len(drawn) == 2
    for left, top, right, bottom in drawn:
        x, y = (left + right) / 2, (top + bottom) / 2
        (around,) = [f.box for f in found if f.box[0] < x < f.box[2] and f.box[1] < y < f.box[3]]
        share = (right - left) / (around[2] - around[0])
        assert 0.3 < share < 0.7, "with as much again around it"


@pytest.mark.parametrize("part", ["face", "eyes", "mouth"])
def test_only_that_part_changes_and_its_rim_fades(detector: Yolo, part: FacePart) -> None:
    drawing = two()
    picture = Image.fromarray(drawing.pixels)
    changed = picture
    for face in faces(picture, part, SIZE, detector):
        changed = face.put_back(changed, Image.effect_noise(SIZE, 200).convert("RGB"))
    differs = np.abs(np.asarray(changed).astype(int) - drawing.pixels).max(2)
    masks = {name: np.zeros(differs.shape, bool) for name in ("face", "eye", "mouth")}
    for figure in drawing.figures:
        for each in figure.parts:
            if (name := each.name.split()[-1]) in masks:
                masks[name] |= each.mask
    inside = {name: (differs[mask] > 0).mean() for name, mask in masks.items()}
    assert (differs > 0).sum() < 3 * masks["face"].sum()
    if part == "face":
        assert min(inside.values()) > 0.85
    else:
        wanted, other = ("eye", "mouth") if part == "eyes" else ("mouth", "eye")
        assert inside[wanted] > 0.85
        assert inside[other] < 0.3
        assert inside["face"] < 0.7


def test_a_new_face_keeps_its_complexion(detector: Yolo) -> None:
    picture = Image.fromarray(two().pixels)
    face = faces(picture, "face", SIZE, detector)[0]
    start = face.start(picture, 0.7)
    paler = start.picture.point(lambda value: min(255, value + 40))
    back, before = (np.asarray(each).astype(float) for each in (face.put_back(picture, paler), picture))
    changed = (back != before).any(2)
    assert np.abs(back[changed].mean(0) - before[changed].mean(0)).max() < 6, "of 40"


def test_the_words_of_a_picture_come_second() -> None:
    assert portrait("a man in red") == "a portrait of a person AND a man in red:0.15"
    assert portrait("(a:1.2) AND b :2") == "a portrait of a person AND (a:1.2):0.15 AND b :0.3"
    assert portrait(" AND ".join("abcdefgh")).endswith("AND g:0.15"), "as many as may be composed"


def test_all_faces_are_rendered_at_once_with_noises_of_their_own(
    a_bench: Callable[..., Bench], told: list[Progress]
) -> None:
    engine = FakeEngine()
    bench = a_bench(engine=engine)
    job = a_face_job(bench, Image.fromarray(two().pixels), pictures=2)
    pictures = imagine(job, bench)
    assert len(pictures) == 2
    assert len(engine.rendered) == 4
    assert len({request.noise.seed for request in engine.rendered}) == 4
    assert {(request.width, request.height) for request in engine.rendered} == {SIZE}
    assert {request.prompt for request in engine.rendered} == {portrait(imagined(job).prompt)}
    for picture in pictures:
        assert picture.recipe.prompt == imagined(job).prompt
        assert opened(bench, picture.blob).size == SIZE


def test_faces_are_handed_over_separately(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    job = a_face_job(bench, Image.fromarray(two().pixels), separate=True)
    whole, *patches = imagine(job, bench)
    assert len(patches) == 2
    assert [each.recipe for each in patches] == [whole.recipe] * 2
    assert len({each.blob for each in (whole, *patches)}) == 3
    assert {opened(bench, each.blob).size for each in patches} == {SIZE}
    with pytest.raises(ValidationError, match="with one picture only"):
        type(job.task).model_validate({**job.task.model_dump(), "noises": [Noise(seed=1), Noise(seed=2)]})


def test_a_picture_without_a_face_is_one_sentence(a_bench: Callable[..., Bench]) -> None:
    engine = FakeEngine()
    bench = a_bench(engine=engine)
    with pytest.raises(JobFailed, match="I see no face in this picture"):
        imagine(a_face_job(bench, NOBODY), bench)
    assert engine.rendered == []


def test_a_detector_that_knows_no_faces_is_told_to_the_operator(
    a_bench: Callable[..., Bench], detector: Yolo, caplog: pytest.LogCaptureFixture
) -> None:
    class Hands:
        def get(self) -> Yolo:
            return replace(detector, names=("hand",) * len(detector.names))

    bench = a_bench(figures=Hands())
    with pytest.raises(JobFailed, match="cannot be worked on by this worker"):
        imagine(a_face_job(bench, NOBODY), bench)
    assert "DARKROOM_FIGURES" in caplog.text


def test_a_restorer_has_the_last_word_on_each_face(a_bench: Callable[..., Bench]) -> None:
    class Inverting:
        def get(self, name: str) -> Inverting:
            if name != "inverting":
                raise CheckpointError(f"{name} is not on this machine.")
            return self

        def restore(self, face: Image.Image) -> Image.Image:
            return ImageOps.invert(face)

    bench = a_bench(restorers=Inverting())
    picture = Image.fromarray(two().pixels)
    _, patch, _ = imagine(a_face_job(bench, picture, separate=True, restorer="inverting"), bench)
    assert opened(bench, patch.blob).getpixel((0, 0)) == (255, 255, 255)
    with pytest.raises(JobFailed, match="its log says why"):
        imagine(a_face_job(bench, picture, restorer="gfpgan"), bench)
