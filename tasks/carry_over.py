"""The jobs of carrying a word over to another checkpoint: the old one draws it, and the new one learns it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image

from moderation.policy import Anatomy
from storage.carry_over import Before
from storage.fields import BlobHash
from storage.jobs import Imagine
from storage.noise import Noise
from storage.plain_task import MAX_PICTURES
from storage.served import ServedCheckpoint
from storage.training import Example, Subject, Train, Weights
from tasks.presets import usual_task
from tasks.train import STEPS

SEEDS = (1, 2)
"""Two pictures of each scene: one to learn from, and one to compare with."""
_AROUND = ("over the sea", "in the snow", "in a forest", "at night")
_THINGS = ("a house", "a boat", "a tree", "a person")
_CELL, _GAP, _PAPER = 160, 8, (250, 250, 248)


class Scene(NamedTuple):
    """A prompt that shows a word, and what is to be seen beside the word."""

    prompt: str
    caption: str


def scenes(word: str, subject: Subject) -> tuple[Scene, ...]:
    """Give the scenes in which the checkpoint that a word was made for draws it once more."""
    if subject is Subject.STYLE:
        return tuple(Scene(f"{thing}, in the style of {word}", thing) for thing in _THINGS)
    named = word if subject is Subject.CHARACTER else f"a {word}"
    return tuple(Scene(f"{named} {around}", around) for around in _AROUND)


def drawing(scene: Scene, word: str, file: BlobHash, known: ServedCheckpoint) -> Imagine:
    """Build the task of drawing a scene by the word's file, in the checkpoint's usual way."""
    task = usual_task(scene.prompt, (1, 1), known.side, usual=known.usual)
    noises = tuple(Noise(seed=seed) for seed in SEEDS)
    return task.model_copy(update={"noises": noises, "embeddings": {word: file}, "anatomy": Anatomy.OFF})


def carrying(
    word: str, like: Train | None, vectors: int, examples: Sequence[Example], before: Before
) -> Train:
    """Build the task of training the word anew, as it was trained before if that is known."""
    return Train(
        word=word,
        subject=like.subject if like else Subject.OBJECT,
        weights=like.weights if like else Weights.EMBEDDING,
        examples=tuple(examples),
        vectors=vectors,
        steps=STEPS,
        seed=like.seed if like else SEEDS[0],
        before=before,
    )


def side_by_side(before: Sequence[Image.Image], after: Sequence[Image.Image]) -> Image.Image:
    """Put what a word drew into the upper row, and what another checkpoint draws by it below."""
    across = min(max(len(before), len(after), 1), MAX_PICTURES)
    sheet = Image.new("RGB", (across * (_CELL + _GAP) + _GAP, 2 * (_CELL + _GAP) + _GAP), _PAPER)
    for row, pictures in enumerate((before, after)):
        for place, picture in enumerate(pictures[:MAX_PICTURES]):
            cell = picture.convert("RGB").resize((_CELL, _CELL), Image.Resampling.LANCZOS)
            sheet.paste(cell, (_GAP + place * (_CELL + _GAP), _GAP + row * (_CELL + _GAP)))
    return sheet
