"""What words are worth that pocket learned from five pictures: `python -m tests.benchmarks.train`.

Objects, characters and styles of the drawn world that no pocket model was trained on, and an object that they
know (tests/benchmarks/subjects.py), are trained by the stage of the worker, with its engine and nothing else
beside it, and drawn in new scenes. The last line is one JSON object:

{
  "objects": {"found": ..., "untrained": ..., "began": ..., "drawings": ..., "each": {...}},
  "characters": {"recognised": ..., "untrained": ..., "began": ..., "drawings": ..., "each": {...}},
  "styles": {"unlike_before": ..., "unlike_after": ..., "nearer": ..., "each": {...}},
  "loras": the same of LoRAs, and "kinds" and "backgrounds",
  "object_loras": {"found": ..., "backgrounds": ..., "began": ..., "drawings": ..., "each": {...}},
  "cpu_seconds": median of a training, with its four pictures, in seconds of all cores together,
  "wall_seconds": the same by the clock,
  "bytes": the largest file,
  "loads_in_diffusers": whether the stock pipeline takes every file
}

`found` is the share of scenes in which the pocket judge, which knows neither the checkpoint nor the subject,
sees the object, kind and colour: a kind that it takes drawings of it for, in one of the two colours of the
pocket world that are nearest. `recognised` is the share in which pocket's CLIP, which has seen none of them,
takes a figure for the character rather than for one of seven others. Both are told for the word as one that
means nothing yet, for the phrase with which the training began, and for drawings, which are as good as it
gets. `nearer` is by what share pictures of new scenes come nearer to the palette of a style than without it.
`kinds` and `backgrounds` are the shares of scenes with a LoRA in which the judge sees what was asked for.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, zip_longest
from pathlib import Path
from random import Random
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from PIL import Image
from torch.nn import functional as F

from gpuworker.adapters.embedding_file import read_carried
from gpuworker.engine.request import CarriedEmbedding, Request
from gpuworker.families.model import Embedding
from gpuworker.stages.bench import Bench
from gpuworker.stages.examples import examples_of
from gpuworker.stages.loras import lora_in
from gpuworker.stages.train import train
from gpuworker.training.lessons import encoder_of, pixels_of
from gpuworker.training.naming import best_phrases
from pocket import WEIGHTS
from pocket.judge import load_judge
from pocket.world.captions import PLACE_WORDS, caption
from pocket.world.scene import BACKGROUNDS
from storage.jobs import Job
from storage.noise import Noise
from storage.samplers import Sampler
from storage.training import TRAINING_STEPS, Example, Subject, Train, Weights, lora_said
from tests.benchmarks.subjects import (
    CHARACTERS,
    OBJECTS,
    STYLES,
    Character,
    Object,
    in_place,
    looks_like,
    palette,
    pictures_in,
    pictures_of,
    pictures_with,
    scene_words,
    scenes_in,
    sees,
    sees_kinds,
    unlike,
)
from tests.benchmarks.workbench import stored, training_bench

_WORD = "zorp"
_THINGS = ("a red boat", "a blue house", "a yellow star", "a green tree")


@dataclass(frozen=True)
class Trained:
    """What one training gave, and what it cost."""

    file: bytes
    began_with: str
    is_lora: bool
    cpu_seconds: float
    wall_seconds: float


def trained(
    bench: Bench,
    pictures: list[Image.Image],
    subject: Subject,
    steps: int,
    weights: Weights = Weights.EMBEDDING,
    captions: Sequence[str | None] = (),
) -> Trained:
    """Train a word, or a LoRA, as a worker does."""
    examples = tuple(
        Example(image=stored(bench, picture), caption=said)
        for picture, said in zip_longest(pictures, captions)
    )
    task = Train(word=_WORD, subject=subject, weights=weights, examples=examples, steps=steps, seed=1)
    job = Job(checkpoint="pocket", reply_to="here", task=task)
    cpu, wall = time.process_time(), time.perf_counter()
    _, made = train(job, bench)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    is_lora, written = weights is Weights.LORA, bench.blobs.get(made.file)
    return Trained(written, made.phrase if is_lora else _began_with(job, bench), is_lora, cpu, wall)


def _began_with(job: Job, bench: Bench) -> str:
    """Give the phrase with which the training of a job began."""
    seen, checkpoint = examples_of(job, bench), bench.checkpoints.get("pocket")
    latents = encoder_of(checkpoint)(torch.stack([pixels_of(each) for each in seen.pictures]))
    return best_phrases(checkpoint, latents, seen.names, 1, lambda slice_: slice_())[0]


def drawn(
    bench: Bench, prompts: list[str], file: bytes | None, lora: bytes | None = None
) -> list[Image.Image]:
    """Draw prompts that may name the word, or a LoRA."""
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
                loras={} if lora is None else {_WORD: lora_in(lora)},
            )
        )
        for seed, prompt in enumerate(prompts)
    ]
    return [future.result() for future in futures]


def of_object(bench: Bench, what: Object, steps: int, sheets: Path | None) -> tuple[Trained, dict[str, Any]]:
    """Train a word for an object, and look for it in every background and place."""
    pictures = pictures_of(what, seed=1)
    made, scenes = trained(bench, pictures, Subject.OBJECT, steps), _scenes()
    rows = {
        "found": drawn(bench, [f"a {_WORD} {scene}" for scene in scenes], made.file),
        "untrained": drawn(bench, [f"a {_WORD} {scene}" for scene in scenes], None),
        "began": drawn(bench, [f"{made.began_with} {scene}" for scene in scenes], None),
        "drawings": pictures_of(what, seed=2, count=len(BACKGROUNDS)),
    }
    judge = load_judge()
    things = looks_like(judge, what)
    if sheets is not None:
        _save(sheets / f"{what.colour}-{what.kind}.png", [pictures, *rows.values()])
    return made, {
        **{name: statistics.mean(sees(judge, things, each)) for name, each in rows.items()},
        "taken_for": sorted(" ".join((colour, kind)) for kind, colour in things),
        "began_with": made.began_with,
    }


def of_object_lora(
    bench: Bench, what: Object, steps: int, sheets: Path | None
) -> tuple[Trained, dict[str, Any]]:
    """Do the same with a LoRA beside the phrase for its thing."""
    pictures = pictures_of(what, seed=1)
    made = trained(bench, pictures, Subject.OBJECT, steps, Weights.LORA)
    said = [f"a {made.began_with} {scene}" for scene in _scenes()]
    rows = {
        "found": drawn(bench, [f"{words} {lora_said(_WORD)}" for words in said], None, made.file),
        "began": drawn(bench, said, None),
        "drawings": pictures_of(what, seed=2, count=len(BACKGROUNDS)),
    }
    judge = load_judge()
    things = looks_like(judge, what)
    if sheets is not None:
        _save(sheets / f"{what.colour}-{what.kind}-lora.png", [pictures, *rows.values()])
    return made, {
        **{name: statistics.mean(sees(judge, things, each)) for name, each in rows.items()},
        "backgrounds": statistics.mean(in_place(judge, rows["found"])),
        "began_with": made.began_with,
    }


def _scenes() -> list[str]:
    """Say a place in every background."""
    places = cycle(words[0] for words in PLACE_WORDS.values())
    return [f"{next(places)} {scene_words(background)}" for background in BACKGROUNDS]


def of_character(
    bench: Bench, who: Character, steps: int, sheets: Path | None
) -> tuple[Trained, dict[str, Any]]:
    """Train a word for somebody, and see whether CLIP takes whom it draws for them, among eight."""
    pictures = pictures_with(who, seed=1)
    made = trained(bench, pictures, Subject.CHARACTER, steps)
    scenes = [scene_words(background) for background in BACKGROUNDS]
    rows = {
        "recognised": drawn(bench, [f"{_WORD} {scene}" for scene in scenes], made.file),
        "untrained": drawn(bench, [f"{_WORD} {scene}" for scene in scenes], None),
        "began": drawn(bench, [f"{made.began_with} {scene}" for scene in scenes], None),
        "drawings": pictures_with(who, seed=2, count=len(BACKGROUNDS)),
    }
    if sheets is not None:
        _save(sheets / f"{who.sex}-in-{who.clothes}.png", [pictures, *rows.values()])
    clip = bench.words.clip
    known = torch.stack([clip.pictures(pictures_with(each, seed=9)).mean(0) for each in CHARACTERS])
    known = F.normalize(known - known.mean(0), dim=1)
    place = CHARACTERS.index(who)
    shares = {
        name: ((clip.pictures(each) @ known.T).argmax(1) == place).float().mean().item()
        for name, each in rows.items()
    }
    return made, {**shares, "began_with": made.began_with}


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


def of_style_lora(
    bench: Bench, style: str, steps: int, sheets: Path | None
) -> tuple[Trained, dict[str, Any]]:
    """Do the same with a LoRA, and with captions as a member corrects them: CLIP describes the style."""
    pictures = pictures_in(style, seed=1)
    captions = [caption(scene, Random(2), complete=True) for scene in scenes_in(seed=1)]
    made = trained(bench, pictures, Subject.STYLE, steps, Weights.LORA, captions)
    said = [f"{thing} {scene_words(place)}" for thing, place in zip(_THINGS * 2, BACKGROUNDS, strict=True)]
    with_lora = drawn(bench, [f"{words} {lora_said(_WORD)}" for words in said], None, made.file)
    without = drawn(bench, said, None)
    if sheets is not None:
        _save(sheets / f"{style}-lora.png", [pictures, with_lora, without])
    wanted = palette(pictures_in(style, seed=50, count=16))
    before, after = (unlike(palette(each), wanted) for each in (without, with_lora))
    judge, kinds = load_judge(), [thing.split()[-1] for thing in _THINGS * 2]
    return made, {
        "unlike_before": before,
        "unlike_after": after,
        "nearer": 1 - after / before,
        "kinds": statistics.mean(sees_kinds(judge, kinds, with_lora)),
        "backgrounds": statistics.mean(in_place(judge, with_lora)),
    }


def loads(made: Trained) -> bool:
    """Whether diffusers' stock pipeline takes the file for a word, or for a LoRA."""
    pipeline = StableDiffusionPipeline.from_pretrained(WEIGHTS / "pocket")
    with tempfile.TemporaryDirectory() as folder:
        (place := Path(folder, f"{_WORD}.safetensors")).write_bytes(made.file)
        if made.is_lora:
            pipeline.load_lora_weights(folder, weight_name=place.name, adapter_name=_WORD)
            return _WORD in pipeline.get_list_adapters()["unet"]
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
    parser.add_argument("--characters", type=int, default=len(CHARACTERS))
    parser.add_argument("--styles", type=int, default=len(STYLES))
    parser.add_argument("--loras", type=int, default=len(STYLES), help="LoRAs of styles")
    parser.add_argument("--object-loras", type=int, default=1)
    parser.add_argument("--steps", type=int, default=TRAINING_STEPS)
    parser.add_argument("--sheets", type=Path, help="a folder for pictures to look at")
    args = parser.parse_args()
    if args.sheets is not None:
        args.sheets.mkdir(parents=True, exist_ok=True)
    with training_bench() as bench:
        made = {
            "objects": _each(of_object, bench, OBJECTS[: args.objects], args),
            "characters": _each(of_character, bench, CHARACTERS[: args.characters], args),
            "styles": _each(of_style, bench, tuple(STYLES)[: args.styles], args),
            "loras": _each(of_style_lora, bench, tuple(STYLES)[: args.loras], args),
            "object_loras": _each(of_object_lora, bench, OBJECTS[: args.object_loras], args),
        }
    words = [each for group in made.values() for each, _ in group.values()]
    print(
        json.dumps(
            {
                **{kind: _summed(group) for kind, group in made.items()},
                "cpu_seconds": round(statistics.median(each.cpu_seconds for each in words), 1),
                "wall_seconds": round(statistics.median(each.wall_seconds for each in words), 1),
                "bytes": max(len(each.file) for each in words),
                "loads_in_diffusers": all(map(loads, words)),
                "steps": args.steps,
            }
        )
    )


Group = dict[str, tuple[Trained, dict[str, Any]]]


def _each(of: Callable[..., Any], bench: Bench, subjects: Sequence[Any], args: argparse.Namespace) -> Group:
    """Measure subjects, and say each on standard error: all of them take long."""
    made = {}
    for subject in subjects:
        made[str(subject)] = of(bench, subject, args.steps, args.sheets)
        print(subject, made[str(subject)][1], file=sys.stderr, flush=True)
    return made


def _summed(group: Group) -> dict[str, Any]:
    """Give the means and medians of all figures, and those of each subject."""
    each = {name: figures for name, (_, figures) in group.items()}
    first = next(iter(each.values()), {})
    numbers = [name for name, figure in first.items() if isinstance(figure, (int, float))]
    means, medians = (
        {name: round(of(figures[name] for figures in each.values()), 3) for name in numbers}
        for of in (statistics.mean, statistics.median)
    )
    return {**means, "medians": medians, "each": each}


if __name__ == "__main__":
    main()
