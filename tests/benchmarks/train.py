"""What words are worth that pocket learned from five pictures: `python -m tests.benchmarks.train`.

Objects and styles of the drawn world that no pocket model was trained on (tests/benchmarks/subjects.py) are
trained by the stage of the worker, with its engine and nothing else beside it, and drawn in new scenes. The
last line is one JSON object:

{
  "objects": {"found": ..., "untrained": ..., "began": ..., "each": {...}},
  "styles": {"nearer": ..., "each": {...}},
  "cpu_seconds": median of a training, with its four pictures, in seconds of all cores together,
  "wall_seconds": the same by the clock,
  "bytes": the largest file,
  "loads_in_diffusers": whether the stock pipeline takes every file
}

`found` is the share of new scenes in which the pocket judge, which knows neither the checkpoint nor the
subject, sees what it takes drawings of the subject for, kind and colour; `untrained` is the same for the word
as one that means nothing yet, and `began` for those from which the training began. `nearer` is by what share
pictures of new scenes come nearer to the palette of a style than without it.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffusers import StableDiffusionPipeline
from PIL import Image

from gpuworker.adapters.embedding_file import read_carried
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import CarriedEmbedding, Request
from gpuworker.families.model import Embedding
from gpuworker.models.lazy import lazy_masks
from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench
from gpuworker.stages.examples import examples_of
from gpuworker.stages.train import train
from moderation.pictures import load_detector
from pocket import WEIGHTS
from pocket.judge import load_judge
from pocket.world.scene import BACKGROUNDS
from storage.jobs import TRAINING_STEPS, Example, Job, Subject, Train
from storage.noise import Noise
from storage.samplers import Sampler
from storage.settings import Settings
from tests.benchmarks.subjects import (
    OBJECTS,
    STYLES,
    Object,
    looks_like,
    palette,
    pictures_in,
    pictures_of,
    scene_words,
    sees,
    unlike,
)
from tests.gpuworker.fake_farm import bench_of

_WORD = "zorp"
_THINGS = ("a red boat", "a blue house", "a yellow star", "a green tree")


@dataclass(frozen=True)
class Trained:
    """What one training gave, and what it cost."""

    file: bytes
    names: tuple[str, ...]
    cpu_seconds: float
    wall_seconds: float


def trained(bench: Bench, pictures: list[Image.Image], subject: Subject, steps: int) -> Trained:
    """Train a word as a worker does."""
    examples = []
    for picture in pictures:
        picture.save(file := io.BytesIO(), "PNG")
        examples.append(Example(image=bench.blobs.put(file.getvalue())))
    task = Train(word=_WORD, subject=subject, examples=tuple(examples), steps=steps, seed=1)
    job = Job(checkpoint="pocket", reply_to="here", task=task)
    cpu, wall = time.process_time(), time.perf_counter()
    _, made = train(job, bench)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Trained(bench.blobs.get(made.file), examples_of(job, bench).names, cpu, wall)


def drawn(bench: Bench, prompts: list[str], file: bytes | None) -> list[Image.Image]:
    """Draw prompts that may name the word."""
    carried = {} if file is None else {_WORD: CarriedEmbedding(Embedding(read_carried(file)), "0" * 64)}
    futures = [
        bench.engine.submit(
            Request(
                checkpoint="pocket",
                prompt=prompt,
                negative_prompt="",
                width=128,
                height=128,
                steps=20,
                sampler=Sampler.DPMPP_2M_KARRAS,
                guidance_scale=4.5,
                noise=Noise(seed=100 + seed),
                embeddings=carried,
            )
        )
        for seed, prompt in enumerate(prompts)
    ]
    return [future.result() for future in futures]


def of_object(bench: Bench, what: Object, steps: int, sheets: Path | None) -> tuple[Trained, dict[str, Any]]:
    """Train a word for an object, and look for it in every background."""
    pictures = pictures_of(what, seed=1)
    made = trained(bench, pictures, Subject.OBJECT, steps)
    scenes = [scene_words(background) for background in BACKGROUNDS]
    with_word = drawn(bench, [f"a {_WORD} {scene}" for scene in scenes], made.file)
    without = drawn(bench, [f"a {_WORD} {scene}" for scene in scenes], None)
    before = drawn(bench, [f"{made.names[0]} {scene}" for scene in scenes], None)
    judge = load_judge()
    thing = looks_like(judge, what)
    if sheets is not None:
        _save(sheets / f"{what.colour}-{what.kind}.png", [pictures, with_word, without, before])
    return made, {
        **{
            name: statistics.mean(sees(judge, thing, each))
            for name, each in (("found", with_word), ("untrained", without), ("began", before))
        },
        "taken_for": thing,
        "began_with": made.names[0],
    }


def of_style(bench: Bench, style: str, steps: int, sheets: Path | None) -> tuple[Trained, dict[str, Any]]:
    """Train a word for a style, and compare palettes with and without it."""
    pictures = pictures_in(style, seed=1)
    made = trained(bench, pictures, Subject.STYLE, steps)
    said = [f"{thing} {scene_words(place)}" for thing, place in zip(_THINGS * 2, BACKGROUNDS, strict=True)]
    with_word = drawn(bench, [f"{words}, in the style of {_WORD}" for words in said], made.file)
    without = drawn(bench, said, None)
    if sheets is not None:
        _save(sheets / f"{style}.png", [pictures, with_word, without])
    wanted = palette(pictures_in(style, seed=50, count=16))
    before, after = (unlike(palette(each), wanted) for each in (without, with_word))
    return made, {"unlike_before": before, "unlike_after": after, "nearer": 1 - after / before}


def loads(file: bytes) -> bool:
    """Whether diffusers' stock pipeline takes the file for a word."""
    pipeline = StableDiffusionPipeline.from_pretrained(WEIGHTS / "pocket")
    with tempfile.TemporaryDirectory() as folder:
        (place := Path(folder, f"{_WORD}.safetensors")).write_bytes(file)
        pipeline.load_textual_inversion(str(place), token=_WORD)
    return _WORD in pipeline.tokenizer.get_vocab()


def _save(place: Path, rows: list[list[Image.Image]]) -> None:
    sheet = Image.new("RGB", (128 * max(map(len, rows)), 128 * len(rows)))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            sheet.paste(picture, (128 * x, 128 * y))
    sheet.save(place)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--objects", type=int, default=len(OBJECTS))
    parser.add_argument("--styles", type=int, default=len(STYLES))
    parser.add_argument("--steps", type=int, default=TRAINING_STEPS)
    parser.add_argument("--sheets", type=Path, help="a folder for pictures to look at")
    args = parser.parse_args()
    store = CheckpointStore(WEIGHTS, "cpu")
    with tempfile.TemporaryDirectory() as home, Engine(store) as engine:
        settings = Settings(home=Path(home))
        bench = bench_of(
            Path(home),
            engine=engine,
            checkpoints=store,
            words=Words(settings, "cpu", engine),
            masks=lazy_masks(settings, "cpu", engine),
            detector=load_detector(),
            tell=lambda progress: None,
        )
        objects = {
            f"{what.colour} {what.kind}": of_object(bench, what, args.steps, args.sheets)
            for what in OBJECTS[: args.objects]
        }
        styles = {
            style: of_style(bench, style, args.steps, args.sheets) for style in [*STYLES][: args.styles]
        }
    all_made = [made for made, _ in (*objects.values(), *styles.values())]
    found = [figures for _, figures in objects.values()]
    print(
        json.dumps(
            {
                "objects": {
                    **{
                        name: round(statistics.mean(each[name] for each in found), 3)
                        for name in ("found", "untrained", "began")
                        if found
                    },
                    "each": {name: figures for name, (_, figures) in objects.items()},
                },
                "styles": {name: figures for name, (_, figures) in styles.items()},
                "cpu_seconds": round(statistics.median(each.cpu_seconds for each in all_made), 1),
                "wall_seconds": round(statistics.median(each.wall_seconds for each in all_made), 1),
                "bytes": max(len(each.file) for each in all_made),
                "loads_in_diffusers": all(loads(each.file) for each in all_made),
                "steps": args.steps,
            }
        )
    )


if __name__ == "__main__":
    main()
