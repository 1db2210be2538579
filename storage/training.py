"""Words for what pictures have in common: what their training is asked with."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from moderation.prompt_form import PROMPT_LIMIT
from moderation.prompt_language.schedule import USUAL_STEPS
from storage.carry_over import Before
from storage.fields import BlobHash
from storage.manner import Manner
from storage.noise import Seed
from storage.plain_task import MAX_PICTURES, PlainTask
from storage.values import Travelling

_LEARNING = 24
"""Denoising steps to one of a training, which learns from eight pictures, forwards and backwards."""
CAPTION_LIMIT = 200
"""Characters."""


class Subject(StrEnum):
    """What of the pictures a trained word stands for."""

    OBJECT = "object"
    CHARACTER = "character"
    STYLE = "style"


class Weights(StrEnum):
    """What a training makes: a word of a few KB, or what changes a checkpoint's own layers."""

    EMBEDDING = "embedding"
    LORA = "lora"


FEWEST_EXAMPLES, MOST_EXAMPLES = 3, 10
"""Pictures that a word is trained from."""
MOST_VECTORS = 8
TRAINING_STEPS = 160
_USUAL_WEIGHT = 0.8


class Example(Travelling):
    """A picture to train a word from: a blob that `storage.intake` cleaned, and what is to be seen in it.

    Of an object or a character the caption says what is around it. Where it says the word itself, that is
    where it is put. None: the worker finds a caption.
    """

    image: BlobHash
    caption: Annotated[str, StringConstraints(max_length=CAPTION_LIMIT)] | None = None


class Train(PlainTask):
    """A word for what pictures have in common, by textual inversion (Gal et al., arXiv 2208.01618).

    `word` is how it is called from then on, in `vectors` that take the place of a token's each. `steps` are
    those of the training, in which the seed decides everything that is drawn by lot. A word that another
    checkpoint drew `before` is drawn in the same scenes, and compared.

    Where the `weights` are a LoRA (Hu et al., arXiv 2106.09685), `vectors` is its rank.
    """

    negative_prompt: ClassVar[str] = ""
    pictures: ClassVar[int] = MAX_PICTURES

    kind: Literal["train"] = "train"
    word: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,32}$")]
    subject: Subject = Subject.OBJECT
    weights: Weights = Weights.EMBEDDING
    examples: Annotated[tuple[Example, ...], Field(min_length=FEWEST_EXAMPLES, max_length=MOST_EXAMPLES)]
    vectors: Annotated[int, Field(ge=1, le=MOST_VECTORS)] = 4
    steps: Annotated[int, Field(ge=1, le=2000)] = TRAINING_STEPS
    seed: Seed
    before: Before | None = None

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that it needs."""
        return (*(example.image for example in self.examples), *(self.before.images if self.before else ()))

    @property
    def picture_steps(self) -> int:
        """Measure the work in denoising steps: learning from a picture takes about as long as three."""
        return _LEARNING * self.steps

    @property
    def passes(self) -> int:
        """Count the steps that are made one after the other."""
        return self.steps

    def written(self, phrase: str) -> str:
        """Give what draws it in a prompt: the word, or a LoRA beside the phrase for its thing."""
        return f"{phrase} {lora_said(self.word)}".strip() if self.weights is Weights.LORA else self.word

    @property
    def prompt(self) -> str:
        """Give all that the member says."""
        said = (each.caption for each in self.examples if each.caption)
        return ", ".join((self.word, *said))[:PROMPT_LIMIT]


class Caption(PlainTask):
    """What is to be seen in the pictures of a `training`, asked before it begins.

    Captions that the training has already stay as they are. `manner` is how the word that is trained
    then is to be handed over, None where nobody said; what is seen in the pictures is the member's own.
    """

    negative_prompt: ClassVar[str] = ""
    pictures: ClassVar[int] = 0
    steps: ClassVar[int] = USUAL_STEPS

    kind: Literal["caption"] = "caption"
    training: Train
    manner: Manner | None = None

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that it needs."""
        return self.training.sources

    @property
    def prompt(self) -> str:
        """Give all that the member says."""
        return self.training.prompt


def lora_said(name: str) -> str:
    """Write a LoRA as it stands in a prompt, with the weight that suits most."""
    return f"<lora:{name}:{_USUAL_WEIGHT:g}>"
