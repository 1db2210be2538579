"""The job: one request of one member, saying everything needed to render its pictures again."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from moderation.policy import SFW, Anatomy, Policy
from moderation.prompt_form import PROMPT_LIMIT
from moderation.prompt_language.schedule import USUAL_STEPS
from moderation.said import Said
from storage.add_on_hashes import AddOnHashes
from storage.clip_vector import ClipVector
from storage.detail import Detail
from storage.fields import BlobHash, Carried, Guidance, Prompt
from storage.noise import Noise
from storage.plain_task import MAX_PICTURES, USUAL_SIDE, PlainTask
from storage.samplers import Sampler
from storage.share import NOBODYS, Share
from storage.sizes import Side
from storage.starts import AnyStart
from storage.training import Caption, Train
from storage.values import Travelling
from storage.versions import VERSION, Version
from storage.weighting import Weighting

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

    `embeddings` and `loras` are those of a community that the prompts name, which workers take from the blob
    store.
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
    loras: Carried = Field(default_factory=dict)
    anatomy: Anatomy | None = None
    rescue: Rescue = "again"
    seamless: bool = False

    @property
    def beside(self) -> tuple[str, ...]:
        """Give what is said beside the prompts: of a mask, or of an edit."""
        return () if self.start is None else self.start.words

    @property
    def rendered_size(self) -> tuple[int, int]:
        """Give width and height of what the checkpoint renders at once."""
        return self.width, self.height

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


_TILES = 9
"""Tiles for a picture of the checkpoint's own size, once that is doubled."""


class Upscale(PlainTask):
    """A picture `factor` times as wide and as high, with `detail` if that is asked for.

    `image` is a blob that Darkroom made or that `storage.intake` cleaned. The prompts say what it shows;
    schedules in them count the `steps` that it, and its detail, is drawn in. `embeddings` and `loras`: see
    `Sampling`.
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
    loras: Carried = Field(default_factory=dict)

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that it needs."""
        return (self.image,)

    @property
    def pictures(self) -> int:
        """Count the pictures that are handed over."""
        return 1

    @property
    def rendered_size(self) -> tuple[int, int] | None:
        """Give width and height of what the checkpoint renders at once; None if it renders nothing."""
        return None if self.detail is None else (self.detail.side, self.detail.side)

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


class Describe(PlainTask):
    """The words that go with a picture; `image` is a blob that a job made or `storage.intake` cleaned."""

    pictures: ClassVar[int] = 0

    kind: Literal["describe"] = "describe"
    image: BlobHash

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that it needs."""
        return (self.image,)


class Shorten(PlainTask):
    """Which words of a prompt matter, and the prompt without the others."""

    pictures: ClassVar[int] = 0
    sources: ClassVar[tuple[BlobHash, ...]] = ()
    steps: ClassVar[int] = USUAL_STEPS
    negative_prompt: ClassVar[str] = ""

    kind: Literal["shorten"] = "shorten"
    prompt: Prompt


Task: TypeAlias = Imagine | Upscale | Describe | Shorten | Caption | Train


class Job(Travelling):
    """One request on its way through the farm.

    It carries no secret and nothing of Discord: `reply_to` is the Redis stream that takes the result, whose
    reader knows where the pictures go. Where it `learns`, it is told what CLIP sees in each of several, which
    are ranked by `taste`, what the member likes. What is kept back `for_review` is stored for a moderator.
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
    """The keys of reasons that are mistaken about its words, as a second judge or a moderator said."""
    shows: tuple[str, ...] = ()
    """What the pictures that it begins with were made to show, all the way back, where the task does not say
    so."""
    reply_to: str
    share: Share = NOBODYS
    for_review: bool = False
    task: Annotated[Task, Field(discriminator="kind")]

    def said_of(self, drawn: Sampling | Upscale | Caption | Train) -> Said:
        """Give all that a picture of the job was made from, as its recipe tells, for the rules."""
        beside = (*drawn.beside, *self.shows)
        return Said(drawn.prompt, drawn.negative_prompt, drawn.steps, beside)

    @property
    def is_training(self) -> bool:
        """Whether it takes minutes, beside those that pictures wait for."""
        return isinstance(self.task, Train)
