"""What new faces show, on the pocket checkpoint, as its detector sees them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.models.lazy import lazy_figures
from gpuworker.models.yolo import Found
from gpuworker.stages.bench import Bench
from gpuworker.stages.imagine import imagine
from moderation.pictures import load_detector
from moderation.policy import Anatomy
from pocket.checkpoint.evaluate import held_out_figures
from pocket.world.captions import caption
from storage.events import Picture
from storage.jobs import Imagine, Job, Sampling
from storage.noise import Noise
from storage.samplers import Sampler
from storage.settings import Settings
from storage.starts import Faces
from tasks.faces import new_faces
from tests.gpuworker.engine.support import pixels
from tests.gpuworker.fake_farm import bench_of

pytestmark = pytest.mark.slow

FIGURES = 8


def test_faces_become_sharper_and_clearer_and_nothing_else_changes(tmp_path: Path) -> None:
    checkpoints, settings = CheckpointStore(tmp_path, "cpu"), Settings(home=tmp_path)
    with Engine(checkpoints) as engine:
        bench = bench_of(
            tmp_path,
            engine=engine,
            checkpoints=checkpoints,
            detector=load_detector(),
            figures=lazy_figures(settings, "cpu"),
        )
        scenes, rng = held_out_figures(FIGURES, 5), Random(1)
        first = rendered([drawn(caption(scene, rng, True), seed) for seed, scene in enumerate(scenes)], bench)
        before = [opened(picture, bench) for picture in first]
        finder = bench.figures.get()
        found = [only_faces(each, 0.4) for each in finder.find(before, overlap=0.3)]
        kept = [place for place, each in enumerate(found) if each]
        second = rendered([asked(first[place], seed) for seed, place in enumerate(kept)], bench)
        after = {place: opened(picture, bench) for place, picture in zip(kept, second, strict=True)}

    again = dict(zip(kept, finder.find(list(after.values()), 0.02, 0.5), strict=True))
    surely, sharply = [], []
    for place in kept:
        old, new = before[place], after[place]
        beyond = np.ones((old.height, old.width), bool)
        for face in found[place]:
            seen = [each.score for each in only_faces(again[place], 0) if overlap(each.box, face.box) > 0.3]
            surely.append((face.score, max(seen, default=0)))
            sharply.append((sharpness(old, face.box), sharpness(new, face.box)))
            left, top, right, bottom = (round(edge) for edge in face.box)
            margin = round(0.25 * max(right - left, bottom - top)) + 1
            beyond[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin] = False
        assert (pixels(old)[beyond] == pixels(new)[beyond]).all()
    (was_sure, is_sure), (was_sharp, is_sharp) = np.mean(surely, 0), np.mean(sharply, 0)
    print(f"{len(surely)} faces: confidence {was_sure:.3f} -> {is_sure:.3f}", end=", ")
    print(f"variance of the Laplacian {was_sharp:.0f} -> {is_sharp:.0f}")
    assert is_sure > was_sure
    assert is_sharp > 1.2 * was_sharp


def drawn(prompt: str, seed: int) -> Imagine:
    words = Sampling(
        prompt=prompt,
        width=128,
        height=128,
        steps=12,
        sampler=Sampler.DPMPP_2M_KARRAS,
        guidance_scale=4.5,
        # Whoever came out wrong has a face, too.
        anatomy=Anatomy.OFF,
    )
    return Imagine(**words.model_dump(), noises=(Noise(seed=seed),))


def asked(picture: Picture, seed: int) -> Imagine:
    assert isinstance(picture.recipe, Sampling)
    assert picture.blob is not None
    return new_faces(picture.recipe, Faces(image=picture.blob), 128, Noise(seed=100 + seed))


def rendered(tasks: Sequence[Imagine], bench: Bench) -> list[Picture]:
    """One job each, all at once, as seats do them."""
    jobs = [Job(checkpoint="pocket", reply_to="nobody", task=task) for task in tasks]
    with ThreadPoolExecutor(len(jobs)) as seats:
        return [picture for (picture,) in seats.map(partial(imagine, bench=bench), jobs)]


def opened(picture: Picture, bench: Bench) -> Image.Image:
    return Image.open(io.BytesIO(bench.blobs.get(picture.blob or ""))).convert("RGB")


def only_faces(found: Sequence[Found], score: float) -> list[Found]:
    return [each for each in found if each.label == "face" and each.score >= score]


def overlap(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union of two boxes."""
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    union = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)) - width * height
    return width * height / union


def sharpness(picture: Image.Image, box: Sequence[float]) -> float:
    """The variance of the Laplacian in a box, as it is used to tell pictures in focus from others."""
    grey = np.asarray(picture.convert("L")).astype(float)
    left, top, right, bottom = (round(edge) for edge in box)
    across, down = np.diff(grey, 2, 1)[1:-1], np.diff(grey, 2, 0)[:, 1:-1]
    return float((across + down)[max(0, top - 1) : bottom - 1, max(0, left - 1) : right - 1].var())
