"""The job of training a word for what pictures have in common."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.told import Told
from storage.fields import BlobHash
from storage.noise import new_seed
from storage.training import (
    CAPTION_LIMIT,
    FEWEST_EXAMPLES,
    MOST_EXAMPLES,
    TRAINING_STEPS,
    Example,
    Subject,
    Train,
    Weights,
)
from tasks.embeddings import checked_name

STEPS = TRAINING_STEPS
USUAL_VECTORS = {Subject.OBJECT: 2, Subject.CHARACTER: 4, Subject.STYLE: 4}
"""More of them say more, and take up more of a prompt."""
USUAL_RANK = 4
CAPTIONS_LIMIT = 4000
"""Characters of all captions together: what a field of a form takes."""


def weights_for(subject: Subject, lora: bool | None, *, allowed: bool) -> Weights:
    """Give what a training makes of a subject; where nobody says, of styles a LoRA, if those are `allowed`.

    A word only adds to what a prompt says; how something is drawn is in the checkpoint's own layers.
    """
    if lora is None:
        lora = allowed and subject is Subject.STYLE
    return Weights.LORA if lora else Weights.EMBEDDING


class NothingToLearn(ValueError):
    """A word cannot be trained from these pictures; the message is a sentence."""


def new_training(
    word: str,
    images: Sequence[BlobHash],
    subject: Subject = Subject.OBJECT,
    captions: Sequence[str | None] = (),
    vectors: int | None = None,
    seed: int | None = None,
    weights: Weights = Weights.EMBEDDING,
) -> Train:
    """Build the task of training a word from pictures, `captions` being those of the first ones.

    Raises NothingToLearn for too few or too many pictures, or the same one several times, and NotAName for a
    word that cannot be one.
    """
    name = checked_name(word)
    refuse_number(len(images))
    if len(set(images)) < FEWEST_EXAMPLES:
        raise NothingToLearn(
            Told(
                "These are too few different pictures: send at least {least} that differ from each other.",
                least=FEWEST_EXAMPLES,
            )
        )
    said = [*captions, *[None] * len(images)]
    examples = dict[BlobHash, Example]()
    for image, caption in zip(images, said, strict=False):
        examples.setdefault(image, Example(image=image, caption=_plain(caption)))
    return Train(
        word=name,
        subject=subject,
        weights=weights,
        examples=tuple(examples.values()),
        vectors=vectors or (USUAL_RANK if weights is Weights.LORA else USUAL_VECTORS[subject]),
        steps=STEPS,
        seed=new_seed() if seed is None else seed,
    )


def with_captions(training: Train, captions: Sequence[str]) -> Train:
    """Give a training whose pictures have these captions, one for each, in their order."""
    examples = (
        each.model_copy(update={"caption": _plain(caption)})
        for each, caption in zip(training.examples, captions, strict=True)
    )
    return training.model_copy(update={"examples": tuple(examples)})


def captions_said(text: str, pictures: int) -> tuple[str, ...]:
    """Read captions, a line for each picture in their order; lines that are missing at the end say nothing.

    Raises NothingToLearn for more lines than pictures.
    """
    lines = [_plain(line) or "" for line in text.rstrip().splitlines()]
    if len(lines) > pictures:
        raise NothingToLearn(
            Told(
                "These are {lines} lines for {count} pictures: please write one for each, in their order.",
                lines=len(lines),
                count=pictures,
            )
        )
    return (*lines, *[""] * (pictures - len(lines)))


def refuse_number(pictures: int) -> None:
    """Raise NothingToLearn for a number of pictures from which no word is trained."""
    if not FEWEST_EXAMPLES <= pictures <= MOST_EXAMPLES:
        raise NothingToLearn(
            Told(
                "A word is trained from {least} to {most} pictures, and this is {count}.",
                least=FEWEST_EXAMPLES,
                most=MOST_EXAMPLES,
                count=pictures,
            )
        )


def _plain(caption: str | None) -> str | None:
    return None if caption is None else " ".join(caption.split())[:CAPTION_LIMIT].rstrip()
