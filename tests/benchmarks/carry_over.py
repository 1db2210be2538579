"""What is left of words that are carried over to pocket-2: `python -m tests.benchmarks.carry_over`.

Objects of the drawn world (tests/benchmarks/subjects.py) are trained on pocket, and then carried over to
pocket-2 by the stage of the worker, unattended: from their kept pictures, and, as if these were gone, from
pictures that pocket draws of them. The last line is one JSON object:

{
  "embeddings": how many,
  "kept": the share of them that is left at least 0.9 of its likeness, by the worker's own measure,
  "judged": the same by the pocket judge, which knows neither checkpoint: how many pictures it finds the
            subject in, of those that it was found in before (words that pocket never draws do not count),
  "median": the median of what is left of the likeness,
  "seconds": the median of a training on pocket-2,
  "each": {...}
}
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import time
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from PIL import Image

from gpuworker.adapters.embedding_file import read_carried
from gpuworker.engine.request import CarriedEmbedding, Request
from gpuworker.families.model import Embedding
from gpuworker.stages.bench import Bench
from gpuworker.stages.train import train
from pocket.judge import load_judge
from storage.carry_over import LEAST_LIKENESS, Before, Drawn
from storage.events import Trained
from storage.jobs import Job
from storage.served import ServedCheckpoint
from storage.training import TRAINING_STEPS, Example, Subject, Train
from tasks.carry_over import carrying, drawing, scenes, side_by_side
from tests.benchmarks.subjects import OBJECTS, Object, looks_like, pictures_of, sees
from tests.benchmarks.workbench import stored, training_bench

_WORD = "zorp"
_OLD, _NEW = "pocket", "pocket-2"


def trained(bench: Bench, checkpoint: str, task: Train) -> tuple[list[tuple[str, str]], Trained]:
    """Train a word as a worker does; give what it draws, blob and prompt, and what was trained."""
    pictures, made = train(Job(checkpoint=checkpoint, reply_to="here", task=task), bench)
    return [(each.blob, each.recipe.prompt) for each in pictures if each.blob is not None], made


def drawn_by_old(bench: Bench, file: str) -> tuple[list[Example], list[Drawn]]:
    """Have pocket draw the word, as the bot asks for it: pictures to learn from, and to compare with."""
    known = ServedCheckpoint(name=_OLD, hash="0" * 64, side=128)
    carried = {_WORD: CarriedEmbedding(Embedding(read_carried(bench.blobs.get(file))), file)}
    examples, before = list[Example](), list[Drawn]()
    for scene in scenes(_WORD, Subject.OBJECT):
        task = drawing(scene, _WORD, file, known)
        same = {name: getattr(task, name) for name in ("prompt", "negative_prompt", "width", "height")}
        same |= {name: getattr(task, name) for name in ("steps", "sampler", "guidance_scale")}
        futures = [
            bench.engine.submit(Request(checkpoint=_OLD, noise=noise, embeddings=carried, **same))
            for noise in task.noises
        ]
        first, second = (stored(bench, future.result()) for future in futures)
        examples.append(Example(image=first, caption=scene.caption))
        before.append(Drawn(image=second, prompt=scene.prompt))
    return examples, before


@dataclass(frozen=True)
class Learned:
    """A word that pocket learned of an object: how, the pictures that it drew with it, and the file."""

    what: Object
    task: Train
    before: list[Drawn]
    file: str


def learned(bench: Bench, what: Object, steps: int) -> Learned:
    """Train a word on pocket."""
    examples = tuple(Example(image=stored(bench, picture)) for picture in pictures_of(what, seed=1))
    task = Train(word=_WORD, examples=examples, vectors=2, steps=steps, seed=1)
    shown, made = trained(bench, _OLD, task)
    return Learned(what, task, [Drawn(image=blob, prompt=prompt) for blob, prompt in shown], made.file)


def carried_over(
    bench: Bench, first: Learned, steps: int, sheets: Path | None, *, gone: bool
) -> dict[str, Any]:
    """Carry a word over, and compare."""
    what, examples, before = first.what, list(first.task.examples), first.before
    if gone:
        examples, before = drawn_by_old(bench, first.file)
    began = time.perf_counter()
    task = carrying(_WORD, first.task, 2, examples, Before(checkpoint=_OLD, drawn=tuple(before)))
    now, again = trained(bench, _NEW, task.model_copy(update={"steps": steps}))
    seconds = time.perf_counter() - began
    assert again.likeness is not None
    pictures = [[_opened(bench, each.image) for each in before], [_opened(bench, blob) for blob, _ in now]]
    if sheets is not None:
        side_by_side(*pictures).save(sheets / f"{what.colour}-{what.kind}{'-gone' * gone}.png")
    judge = load_judge()
    things = looks_like(judge, what)
    old, new = (statistics.mean(sees(judge, things, each)) for each in pictures)
    return {
        "gone": gone,
        "likeness": round(again.likeness.share, 3),
        "before": round(again.likeness.before, 3),
        "after": round(again.likeness.after, 3),
        "judge_before": old,
        "judge_after": new,
        "seconds": round(seconds, 1),
    }


def _opened(bench: Bench, blob: str) -> Image.Image:
    return Image.open(io.BytesIO(bench.blobs.get(blob))).convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--embeddings", type=int, default=20)
    parser.add_argument("--steps", type=int, default=TRAINING_STEPS)
    parser.add_argument("--sheets", type=Path, help="a folder for pictures to look at")
    args = parser.parse_args()
    if args.sheets is not None:
        args.sheets.mkdir(parents=True, exist_ok=True)
    each = dict[str, dict[str, Any]]()
    with training_bench() as bench:
        # Both ways of an object, before the next one: however many are asked for, half of them are "gone".
        for what in OBJECTS[: ceil(args.embeddings / 2)]:
            first = learned(bench, what, args.steps)
            for gone in (False, True)[: args.embeddings - len(each)]:
                name = f"{what.colour} {what.kind}{', its pictures gone' * gone}"
                each[name] = carried_over(bench, first, args.steps, args.sheets, gone=gone)
                print(name, each[name], file=sys.stderr, flush=True)
    known = [one for one in each.values() if one["judge_before"]]
    print(
        json.dumps(
            {
                "embeddings": len(each),
                "kept": _share([one["likeness"] for one in each.values()]),
                "judged": _share([one["judge_after"] / one["judge_before"] for one in known]),
                "median": statistics.median(one["likeness"] for one in each.values()),
                "seconds": statistics.median(one["seconds"] for one in each.values()),
                "each": each,
            }
        )
    )


def _share(left: list[float]) -> float | None:
    return statistics.mean(each >= LEAST_LIKENESS for each in left) if left else None


if __name__ == "__main__":
    main()
