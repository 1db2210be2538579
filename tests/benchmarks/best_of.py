"""What the best of several pictures is worth: `python -m tests.benchmarks.best_of`.

The pocket checkpoint draws figures of held-out captions as `/imagine` with `best_of` does. The last line is
one JSON object, in shares of the prompts:

- `first`: a picture alone has as many arms and legs as it should;
- `best`: the best of several, of which that is the first, has.

The detector that helps to rank does the counting. How often it counts right where the number is known says
`python -m pocket.evaluate`, as `drawn`.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.models.lazy import lazy_figures
from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench
from gpuworker.stages.imagine import imagine
from moderation.pictures import load_detector
from moderation.policy import Anatomy
from pocket.checkpoint.evaluate import held_out_figures
from pocket.detectors.evaluate import look
from pocket.world.captions import caption
from pocket.world.drawing import SIZE, draw
from storage.jobs import Imagine, Job
from storage.noise import Noise
from storage.settings import Settings
from tasks.presets import usual_task
from tests.benchmarks.serving import rounded
from tests.gpuworker.fake_farm import bench_of

SEED = 11


def measure(prompts: int, of: int, bench: Bench) -> dict[str, float]:
    """The shares, for so many prompts and the best of so many pictures."""
    detector, captions, right = load_detector(), Random(SEED), []
    for number, scene in enumerate(held_out_figures(prompts, SEED)):
        usual = usual_task(caption(scene, captions, complete=True), (SIZE, SIZE), SIZE)
        noises = tuple(Noise(seed=of * number + each) for each in range(of))
        # None is discarded and made again: ranking alone is measured.
        usual = usual.model_copy(update={"best": 1, "anatomy": Anatomy.OFF})
        tasks = [usual.model_copy(update={"noises": those}) for those in (noises[:1], noises)]
        made = [_picture_of(task, bench) for task in tasks]
        looked = look([draw(scene, SEED + number)] * len(made), made, bench.figures.get(), detector)
        right.append([each.counted_right("arm") and each.counted_right("leg") for each in looked])
    first, best = np.mean(right, 0)
    return {"first": float(first), "best": float(best)}


def _picture_of(task: Imagine, bench: Bench) -> NDArray[np.uint8]:
    (picture,) = imagine(Job(checkpoint="pocket", reply_to="nobody", task=task), bench)
    assert picture.blob is not None
    return np.asarray(Image.open(io.BytesIO(bench.blobs.get(picture.blob))))


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.best_of",
        description="How many more figures have the right arms and legs among the best of several, as JSON.",
    )
    parser.add_argument("--prompts", type=int, default=93, help="93 take seven minutes on two cores")
    parser.add_argument("--of", type=int, default=8, help="pictures of each")
    args = parser.parse_args()
    began = perf_counter()
    with TemporaryDirectory() as folder:
        settings, checkpoints = Settings(home=Path(folder)), CheckpointStore(Path(folder), "cpu")
        with Engine(checkpoints) as engine:
            bench = bench_of(
                settings.home,
                engine=engine,
                checkpoints=checkpoints,
                detector=load_detector(),
                words=Words(settings, "cpu"),
                figures=lazy_figures(settings, "cpu"),
                tell=lambda progress: None,
            )
            shares = measure(args.prompts, args.of, bench)
    figures = {**shares, "prompts": args.prompts, "of": args.of, "seconds": perf_counter() - began}
    print(json.dumps(rounded(figures)))


if __name__ == "__main__":
    main()
