"""What outpainted pictures show, on the pocket checkpoint, as its judge and its detector see it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.models.lazy import lazy_figures
from gpuworker.stages.bench import Bench
from gpuworker.stages.pieces import noise_of_piece
from gpuworker.stages.source import fetch_source
from moderation.pictures import load_detector
from pocket.judge import load_judge
from pocket.world.captions import BACKGROUND_WORDS, PLACE_WORDS
from pocket.world.drawing import draw
from pocket.world.scene import BACKGROUNDS, COLOURS, KINDS, PLACES, POSES, Figure, Scene, Thing
from storage.jobs import Job
from storage.noise import Noise
from storage.samplers import Sampler
from storage.settings import Settings
from storage.sizes import Margins
from tasks.outpaint import outpainting
from tests.conftest import a_job, imagined
from tests.gpuworker.engine.support import pixels, plain, render_together
from tests.gpuworker.fake_farm import bench_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pocket(tmp_path_factory: pytest.TempPathFactory) -> CheckpointStore:
    return CheckpointStore(tmp_path_factory.mktemp("no checkpoints"), "cpu")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """What a job's picture is fetched with; the engine is driven by hand."""
    home = tmp_path_factory.mktemp("home")
    return bench_of(home, figures=lazy_figures(Settings(home=home), "cpu"))


def outpainted(
    pocket: CheckpointStore, bench: Bench, cases: Sequence[tuple[Image.Image, str]], margins: Margins | None
) -> list[Image.Image]:
    """Each picture grown with its prompt by the task that chat and command line make of it."""
    detector, sources, tasks = load_detector(), [], []
    for seed, (picture, prompt) in enumerate(cases):
        file = io.BytesIO()
        picture.save(file, "PNG")
        like = imagined(a_job(steps=8)).model_copy(update={"prompt": prompt, "guidance_scale": 4.5})
        blob = bench.blobs.put(file.getvalue())
        task = outpainting(like, blob, picture.size, margins, 128, Noise(seed=seed))
        job = Job(checkpoint="pocket", reply_to="nobody", task=task)
        sources.append(fetch_source(job, task, bench, detector))
        tasks.append(task)
    pictures = [source.picture for source in sources]
    for number in range(max(source.rounds for source in sources)):
        going = [index for index, source in enumerate(sources) if number < source.rounds]
        requests = [
            plain(
                checkpoint="pocket",
                prompt=tasks[index].prompt,
                width=tasks[index].width,
                height=tasks[index].height,
                steps=tasks[index].steps,
                sampler=Sampler.DPMPP_2M_KARRAS,
                guidance_scale=tasks[index].guidance_scale,
                noise=noise_of_piece(tasks[index].noises[0], number),
                start=sources[index].starts(number, pictures[index])[0],
            )
            for index in going
        ]
        for index, rendered in zip(going, render_together(pocket, requests), strict=True):
            pictures[index] = sources[index].put_back(number, pictures[index], [rendered])
    return [source.finish(made) for source, made in zip(sources, pictures, strict=True) if made]


def test_scenery_goes_on_beyond_both_sides(pocket: CheckpointStore, bench: Bench) -> None:
    rng, cases, empty = Random(3), [], []
    for seed, background in enumerate(BACKGROUNDS):
        kind, colour, place = rng.choice(KINDS), rng.choice(list(COLOURS)), rng.choice(list(PLACES))
        drawing = draw(Scene(background, (Thing(kind, colour, place, "medium"),)), seed)
        words = f"a {colour} {kind} {PLACE_WORDS[place][0]} {BACKGROUND_WORDS[background][0]}"
        cases.append((Image.fromarray(drawing.pixels), words))
        empty.append(draw(Scene(background, ()), seed).pixels.astype(float))
    made = outpainted(pocket, bench, cases, Margins(left=64, right=64))

    ends = np.stack(
        [np.asarray(each)[:, columns] for each in made for columns in (slice(128), slice(128, 256))]
    )
    alike = [
        sight.background == BACKGROUNDS[place // 2] for place, sight in enumerate(load_judge().look(ends))
    ]
    seams, inside, off = [], [], []
    for (picture, _), scene, each in zip(cases, empty, made, strict=True):
        values = pixels(each)
        assert (values[:, 64:192] == pixels(picture)).all()
        steps = np.abs(np.diff(values, axis=1)).mean((0, 2))
        seams.append(steps[[63, 191]].max())
        inside.append(np.sort(steps[64:191])[-7])
        new = np.concatenate([values[:, :64], values[:, 192:]], axis=1)
        off.append(np.abs(new - scene.mean(1, keepdims=True)).mean())
    print(f"backgrounds alike: {sum(alike)} of 16")
    print(f"steps across seams, of 255: {np.round(seams, 1)}; of the pictures, 95 %: {np.round(inside, 1)}")
    print(f"from the colours of the background, of 255: {np.round(off, 1)}")
    assert sum(alike) >= 13
    assert sum(seam <= usual for seam, usual in zip(seams, inside, strict=True)) >= 7
    assert np.mean(seams) < np.mean(inside) / 2
    assert np.mean(off) < 10


def test_no_seam_is_seen_between_the_pieces(pocket: CheckpointStore, bench: Bench) -> None:
    """Pictures that grow at two sides: the corner is painted in two pieces, side by side."""
    cases = []
    for seed, background in enumerate(("sea", "desert", "snow", "sunset")):
        drawing = draw(Scene(background, (Thing("circle", "red", "centre", "medium"),)), seed)
        words = f"a red circle in the middle {BACKGROUND_WORDS[background][0]}"
        cases.append((Image.fromarray(drawing.pixels), words))
    made = outpainted(pocket, bench, cases, Margins(right=128, up=64))

    skies = [pixels(each)[:60, 4:-4] for each in made]
    steps = [np.abs(np.diff(sky.mean(0), axis=0)).max(-1).max() for sky in skies]
    print(f"largest step between two columns of the sky, of 255: {np.round(steps, 1)}")
    assert max(steps) < 5


def test_a_picture_grows_far_beyond_what_a_model_draws_at_once(pocket: CheckpointStore, bench: Bench) -> None:
    picture = draw(Scene("desert", (Thing("house", "blue", "centre", "medium"),)), 3).pixels
    cases = [(Image.fromarray(picture), "a blue house in the middle in the desert")]
    (made,) = outpainted(pocket, bench, cases, Margins(left=200, right=184, up=20))
    assert made.size == (512, 148)
    values = pixels(made)
    assert (values[20:, 200:328] == picture).all()
    sky, ground = values[30:60].mean((0, 2)), values[140:].mean((0, 2))
    print(f"the sky is at least {sky.min():.0f} bright and the ground at most {ground.max():.0f}, of 255")
    assert ground.max() + 20 < sky.min(), "the horizon stays where it was"
    steps = np.abs(np.diff(values, axis=1)).mean((0, 2))
    assert max(steps[199], steps[327]) < 6


def test_cut_off_heads_come_back(pocket: CheckpointStore, bench: Bench) -> None:
    """Of figures as large as the model knows them and half as large again, cut at the eyes or the chin."""
    rng, cases = Random(8), []
    poses = dict(zip(POSES, ("standing", "waving", "with arms up", "walking"), strict=True))
    for number in range(8):
        who, colour, pose = rng.choice(("man", "woman")), rng.choice(list(COLOURS)), rng.choice(POSES)
        background, large = rng.choice(BACKGROUNDS), number % 2
        scene = Scene(background, (), (Figure(who, colour, pose, "centre", "big"),))
        drawing = draw(scene, number, 192 if large else 128)
        (head,) = [part.box for part in drawing.figures[0].parts if part.name == "head"]
        cut = round(head[1] + (0.55 if number % 4 < 2 else 1) * (head[3] - head[1]))
        box = (32, cut, 160, min(cut + 128, 192)) if large else (0, cut, 128, 128)
        garment = "shirt" if who == "man" else "dress"
        words = f"a {who} in a {colour} {garment} {poses[pose]} {BACKGROUND_WORDS[background][0]}"
        cases.append((Image.fromarray(drawing.pixels).crop(box), words))
    made = outpainted(pocket, bench, cases, None)
    found = []
    for (picture, _), each, seen in zip(cases, made, bench.figures.get().find(made, 0.05), strict=True):
        room = each.height - picture.height
        assert each.width == picture.width
        assert (pixels(each)[room:] == pixels(picture)).all()
        found.append(
            max((head.score for head in seen if head.label == "head" and 0 < head.box[1] < room), default=0)
        )
    print(f"how surely the heads are found: {np.round(found, 2)}")
    assert sum(score >= 0.4 for score in found) >= 5
