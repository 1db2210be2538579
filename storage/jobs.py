"""The job: one request of one member, saying everything needed to render its pictures again."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from moderation.policy import SFW, Anatomy, Policy
from moderation.prompt_form import PROMPT_LIMIT
from moderation.prompt_language.schedule import USUAL_STEPS
from storage.add_on_hashes import AddOnHashes
from storage.carry_over import Before
from storage.clip_vector import ClipVector
from storage.detail import Detail
from storage.fields import BlobHash, Carried, Guidance, Prompt
from storage.noise import Noise, Seed
from storage.samplers import Sampler
from storage.share import NOBODYS, Share
from storage.sizes import Side
from storage.starts import AnyStart
from storage.values import Travelling
from storage.versions import VERSION, Version
from storage.weighting import Weighting

MAX_PICTURES = 4
USUAL_SIDE = 512
"""Pixels a side of a picture whose size is not known yet."""
MOST_TRIED = 16
"""Pictures that a job may make in order to hand over the best of them."""

Rescue = Literal["again", "inpaint", "crop"]
"""What is done about a picture with somebody drawn wrong: another one, only the bad part, or without it."""
JobId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Factor = Literal[2, 4]
FEWEST_STEPS, MOST_STEPS = 1, 150
Steps = Annotated[int, Field(ge=FEWEST_STEPS, le=MOST_STEPS)]


def new_job_id() -> str:
    """Draw an id: 16 hexadecimal digits, short enough for a button's custom_id, too many to guess."""
    return secrets.token_hex(8)


def steps_made(steps: int, strength: float) -> int:
    """Count the steps that are run, of `steps`, from a picture at a strength above 0 up to 1: at least one.

    diffusers rounds the same way, but treats a strength that leaves no step as an error.
    """
    return max(1, int(steps * strength))


class Sampling(Travelling):
    """How pictures are sampled: everything except the noise that they start from.

    `embeddings` are those of a community that the prompts name, which workers take from the blob store.
    Opposite borders of `seamless` ones fit each other; what is drawn over a picture never is.
    With `sums_parts` the parts of an `AND` are only added up, as A1111 and earlier versions of Darkroom do
    it; without, they leave each other's things alone.
    `anatomy` says which are discarded because of how people came out in them, and `rescue` what is tried
    instead; without the one it is as the policy has it. The prompt is empty where a worker finds the words.
    """

    prompt: Annotated[str, StringConstraints(max_length=PROMPT_LIMIT)]
    negative_prompt: Annotated[str, StringConstraints(max_length=PROMPT_LIMIT)] = ""
    width: Side
    height: Side
    steps: Steps
    sampler: Sampler
    guidance_scale: Guidance
    weighting: Weighting = Weighting.DARKROOM
    sums_parts: bool = False
    start: AnyStart | None = None
    embeddings: Carried = Field(default_factory=dict)
    anatomy: Anatomy | None = None
    rescue: Rescue = "again"
    seamless: bool = False

    @property
    def beside(self) -> tuple[str, ...]:
        """Give what is said beside the prompts: of a mask, or of an edit."""
        return () if self.start is None else self.start.words

    @property
    def steps_made(self) -> int:
        """Count the denoising steps of each picture: from a picture they are fewer than from noise alone."""
        return self.steps if self.start is None else steps_made(self.steps, self.start.strength)

    def with_noises(self, *noises: Noise, **changed: Any) -> Imagine:
        """Build the task of sampling a picture from each noise like this, except for what is `changed`."""
        sampling = {name: getattr(self, name) for name in Sampling.model_fields} | changed
        if sampling["start"] is not None:
            sampling["seamless"] = False
        return Imagine(**sampling, noises=noises)


class Imagine(Sampling):
    """Pictures from words: one picture for each noise.

    With `best`, only so many of them are handed over, the best first: by agreement, anatomy and aesthetics.
    With `hashes` it is to be refused if it would be drawn with other LoRAs and embeddings than these.
    """

    kind: Literal["imagine"] = "imagine"
    noises: Annotated[tuple[Noise, ...], Field(min_length=1, max_length=MOST_TRIED)]
    best: Annotated[int, Field(ge=1)] | None = None
    hashes: AddOnHashes | None = None

    @model_validator(mode="after")
    def _hands_over_what_it_makes(self) -> Self:
        if not self.prompt and not (self.start and self.start.finds_words):
            raise ValueError("the prompt is empty")
        if self.pictures > MAX_PICTURES:
            raise ValueError(f"at most {MAX_PICTURES} pictures can be handed over")
        if self.best is not None and self.best > len(self.noises):
            raise ValueError(f"the best {self.best} of {len(self.noises)} pictures cannot be chosen")
        several = self.start is not None and self.start.makes_several
        if several and (len(self.noises) > 1 or self.best is not None):
            raise ValueError("faces are handed over separately with one picture only")
        return self

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that it needs."""
        return () if self.start is None else self.start.sources

    @property
    def pictures(self) -> int:
        """Count the pictures that are handed over."""
        return len(self.noises) if self.best is None else self.best

    @property
    def picture_steps(self) -> int:
        """Measure the work in denoising steps, summed over all that are made; some take two predictions."""
        predictions = 1 if self.start is None else self.start.predictions
        return predictions * self.steps_made * len(self.noises)

    @property
    def megapixel_steps(self) -> float:
        """Measure the work in denoising steps of a million pixels."""
        return self.picture_steps * self.width * self.height / 1e6

    @property
    def passes(self) -> int:
        """Count the steps that are made one after the other: all pictures of a job share them."""
        return self.steps_made


_LEARNING = 24
"""Denoising steps to one of a training, which learns from eight pictures, forwards and backwards."""
CAPTION_LIMIT = 200
"""Characters."""
_TILES = 9
"""Tiles for a picture of the checkpoint's own size, once that is doubled."""


class _Task(Travelling):
    """What is true of a task that says nothing else: one step of work, and no words but its prompts."""

    @property
    def beside(self) -> tuple[str, ...]:
        """Give what is said beside the prompts."""
        return ()

    @property
    def picture_steps(self) -> int:
        """Measure the work in denoising steps: one of anything takes about as long."""
        return 1

    @property
    def megapixel_steps(self) -> float:
        """Measure the work in denoising steps of a million pixels."""
        return self.picture_steps * USUAL_SIDE**2 / 1e6

    @property
    def passes(self) -> int:
        """Count the steps that are made one after the other."""
        return 1


class Upscale(_Task):
    """A picture `factor` times as wide and as high, with `detail` if that is asked for.

    `image` is a blob that Darkroom made or that `storage.intake` cleaned. The prompts say what it shows, as
    far as that is known, and `steps` are those that it was drawn in, because a schedule in a prompt counts
    them. Detail is drawn in as many. `embeddings` are as in `Sampling`.
    """

    kind: Literal["upscale"] = "upscale"
    image: BlobHash
    factor: Factor
    prompt: Annotated[str, StringConstraints(max_length=PROMPT_LIMIT)] = ""
    negative_prompt: Annotated[str, StringConstraints(max_length=PROMPT_LIMIT)] = ""
    steps: Steps = USUAL_STEPS
    weighting: Weighting = Weighting.DARKROOM
    detail: Detail | None = None
    embeddings: Carried = Field(default_factory=dict)

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that it needs."""
        return (self.image,)

    @property
    def pictures(self) -> int:
        """Count the pictures that are handed over."""
        return 1

    @property
    def picture_steps(self) -> int:
        """Measure the work in denoising steps: enlarging takes about as long as one."""
        return 1 if self.detail is None else 1 + _TILES * steps_made(self.steps, self.detail.strength)

    @property
    def megapixel_steps(self) -> float:
        """Measure the work in denoising steps of a million pixels."""
        return self.picture_steps * (USUAL_SIDE if self.detail is None else self.detail.side) ** 2 / 1e6

    @property
    def passes(self) -> int:
        """Count the steps that are made one after the other."""
        return 1 if self.detail is None else steps_made(self.steps, self.detail.strength)


class Describe(_Task):
    """The words that go with a picture; `image` is a blob that a job made or `storage.intake` cleaned."""

    pictures: ClassVar[int] = 0

    kind: Literal["describe"] = "describe"
    image: BlobHash

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that it needs."""
        return (self.image,)


class Shorten(_Task):
    """Which words of a prompt matter, and the prompt without the others."""

    pictures: ClassVar[int] = 0
    sources: ClassVar[tuple[BlobHash, ...]] = ()
    steps: ClassVar[int] = USUAL_STEPS
    negative_prompt: ClassVar[str] = ""

    kind: Literal["shorten"] = "shorten"
    prompt: Prompt


class Subject(StrEnum):
    """What of the pictures a trained word stands for."""

    OBJECT = "object"
    CHARACTER = "character"
    STYLE = "style"


FEWEST_EXAMPLES, MOST_EXAMPLES = 3, 10
"""Pictures that a word is trained from."""
MOST_VECTORS = 8
TRAINING_STEPS = 160


class Example(Travelling):
    """A picture to train a word from: a blob that `storage.intake` cleaned, and what is to be seen in it.

    Of an object or a character the caption says what is around it. Where it says the word itself, that is
    where it is put. None: the worker finds a caption.
    """

    image: BlobHash
    caption: Annotated[str, StringConstraints(max_length=CAPTION_LIMIT)] | None = None


class Train(_Task):
    """A word for what pictures have in common, by textual inversion (Gal et al., arXiv 2208.01618).

    `word` is how it is called from then on, in `vectors` that take the place of a token's each. `steps` are
    those of the training, in which the seed decides everything that is drawn by lot. A word that another
    checkpoint drew `before` is drawn in the same scenes, and compared.
    """

    negative_prompt: ClassVar[str] = ""
    pictures: ClassVar[int] = MAX_PICTURES

    kind: Literal["train"] = "train"
    word: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,32}$")]
    subject: Subject = Subject.OBJECT
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

    @property
    def prompt(self) -> str:
        """Give all that the member says."""
        said = (each.caption for each in self.examples if each.caption)
        return ", ".join((self.word, *said))[:PROMPT_LIMIT]


Task: TypeAlias = Imagine | Upscale | Describe | Shorten | Train


class Job(Travelling):
    """One request on its way through the farm.

    It carries no secret and nothing of Discord: `reply_to` names the Redis stream that takes the result, and
    whoever reads that stream knows from its own records where the pictures go. Where it `learns`, it is told
    what CLIP sees in each of several pictures; `taste` is what the member likes, by which they are ranked.
    """

    version: Version = VERSION
    id: JobId = Field(default_factory=new_job_id)
    created_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    checkpoint: str
    policy: Policy = SFW
    policy_version: int = 0
    """The number of the change that set the policy, in storage/records/policies.py; 0 if nobody set one."""
    learns: bool = False
    taste: ClipVector | None = None
    cleared: tuple[str, ...] = ()
    """The rules that are mistaken about the task's words, as a second judge or a moderator said."""
    reply_to: str
    share: Share = NOBODYS
    task: Annotated[Task, Field(discriminator="kind")]

    @property
    def is_training(self) -> bool:
        """Whether it takes minutes, beside those that pictures wait for."""
        return isinstance(self.task, Train)
