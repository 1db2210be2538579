"""The job: one request of one member, saying everything needed to render its pictures again."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from moderation.policy import SFW, Policy
from moderation.prompt_form import PROMPT_LIMIT
from moderation.prompt_language.schedule import USUAL_STEPS

MAX_SEED = 2**32 - 1
MAX_PICTURES = 4
MOST_TRIED = 16
"""Pictures that a job may make to hand over the best of them."""
LEAST_SIDE, MOST_SIDE = 64, 2048
MOST_UPSCALED_SIDE = 4096
"""Pixels: such a picture has 17 megapixels, and takes about a quarter of a gigabyte while it is made."""

MASK_WORDS_LIMIT = 200

BlobHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
JobId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
MaskWords = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MASK_WORDS_LIMIT)
]
Prompt = Annotated[str, StringConstraints(min_length=1, max_length=PROMPT_LIMIT)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Factor = Literal[2, 4]
FacePart = Literal["face", "eyes", "mouth"]
Steps = Annotated[int, Field(ge=1, le=150)]
Guidance = Annotated[float, Field(ge=1, le=30)]
Margin = Annotated[int, Field(ge=0, le=MOST_SIDE)]
Side = Annotated[int, Field(ge=LEAST_SIDE, le=MOST_SIDE, multiple_of=8)]


def new_job_id() -> str:
    """Draw an id: 16 hexadecimal digits, short enough for a button's custom_id, too many to guess."""
    return secrets.token_hex(8)


def new_seed() -> int:
    """Draw a seed in 0..2^32-1, the range that A1111 users know."""
    return secrets.randbelow(MAX_SEED + 1)


def steps_made(steps: int, strength: float) -> int:
    """How many of `steps` are made from a picture at a strength above 0 and up to 1: at least one.

    diffusers rounds alike, but a strength that leaves no step is an error there.
    """
    return max(1, int(steps * strength))


class Frozen(BaseModel):
    """A value: immutable, and strict about fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sampler(StrEnum):
    """The samplers a member may choose (diffusers calls them schedulers)."""

    EULER = "euler"
    EULER_A = "euler_a"
    DPMPP_2M = "dpmpp_2m"
    DPMPP_2M_KARRAS = "dpmpp_2m_karras"
    UNIPC = "unipc"
    DDIM = "ddim"
    LCM = "lcm"

    @property
    def label(self) -> str:
        """The name A1111 users know it by, as written into a picture's `parameters`."""
        return _SAMPLER_LABELS[self]


_SAMPLER_LABELS = {
    Sampler.EULER: "Euler",
    Sampler.EULER_A: "Euler a",
    Sampler.DPMPP_2M: "DPM++ 2M",
    Sampler.DPMPP_2M_KARRAS: "DPM++ 2M Karras",
    Sampler.UNIPC: "UniPC",
    Sampler.DDIM: "DDIM",
    Sampler.LCM: "LCM",
}


class Variation(Frozen):
    """A turn of the noise towards the noise of another seed, by spherical interpolation.

    `strength` 0 leaves the noise as it is, 1 replaces it (A1111's "variation strength").
    """

    seed: Seed
    strength: Annotated[float, Field(gt=0, le=1)]


class Noise(Frozen):
    """The noise a picture starts from: the noise of `seed`, turned by each variation in order.

    A seed alone gives other noise in another size. `frozen` noise is that of an earlier picture of `frozen`
    width and height, in pixels: every frame and every edit has it, at the same place from the middle, and
    noise of its own only where it reaches beyond (A1111's "seed resize").
    """

    seed: Seed
    variations: tuple[Variation, ...] = ()
    frozen: tuple[Side, Side] | None = None


class TooLarge(ValueError):
    """A picture cannot be made so large; the message is a sentence."""


class Margins(Frozen):
    """The pixels that a picture grows by on each side, on one of them at least."""

    left: Margin = 0
    up: Margin = 0
    right: Margin = 0
    down: Margin = 0

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if not (self.left or self.up or self.right or self.down):
            raise ValueError("a picture must grow on one side at least")
        return self

    def around(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height of a picture of `size` when it has grown. Raises TooLarge."""
        width, height = size[0] + self.left + self.right, size[1] + self.up + self.down
        if max(width, height) > MOST_SIDE:
            raise TooLarge(
                f"It would grow to {width} x {height} pixels, and the most that I paint is {MOST_SIDE}."
            )
        return width, height


HEAD_ROOM: Literal["head room"] = "head room"
"""As much upwards as the head needs that the upper border cut off."""


class Faces(Frozen):
    """What is rendered again of every face in a picture; `separate`ly, each is handed over by itself too.

    A `restorer`, the name of a model that was made to restore faces, has the last word on each.
    """

    part: FacePart = "face"
    separate: bool = False
    restorer: str | None = None


class Start(Frozen):
    """The picture that others are made from, and how much of it may change.

    `image` is a blob of Darkroom's making or of `storage.intake`'s, `mask` one of the latter's. `strength` is
    the share of the steps that is made: at 1 little is left of the picture. With a mask, only what is white
    there changes; it is rendered, with what is around it, in the job's width and height, and put back into
    the picture, whose size is kept. `mask_words` say instead what shall change ("the left hand"), which the
    worker finds. To `outpaint`, the picture is kept as it is, and what is beyond its borders is painted in as
    many pieces of the job's width and height as it takes. With `faces`, only they change: each is rendered
    like what is masked. With words for what it `shows`, it is rendered in the job's width and height, and
    only that changes in which the job's prompt differs from them.
    """

    image: BlobHash
    strength: Annotated[float, Field(gt=0, le=1)]
    mask: BlobHash | None = None
    mask_words: MaskWords | None = None
    outpaint: Margins | Literal["head room"] | None = None
    faces: Faces | None = None
    shows: Prompt | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What is said in words beside the prompt, to be judged like it."""
        return tuple(words for words in (self.mask_words, self.shows) if words is not None)

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        things = (self.mask, self.mask_words, self.outpaint, self.faces, self.shows)
        if sum(each is not None for each in things) > 1:
            raise ValueError(
                "a picture is filled, grows, gets new faces or is edited, but not several of them at once"
            )
        return self


class Sampling(Frozen):
    """How pictures are sampled, but for the noise they start from.

    What was written before a field was added is read with the field's default.
    """

    prompt: Prompt
    negative_prompt: Annotated[str, StringConstraints(max_length=PROMPT_LIMIT)] = ""
    width: Side
    height: Side
    steps: Steps
    sampler: Sampler
    guidance_scale: Guidance
    start: Start | None = None

    @property
    def steps_made(self) -> int:
        """Denoising steps for each picture; from another picture fewer are made than from noise alone."""
        return self.steps if self.start is None else steps_made(self.steps, self.start.strength)

    def with_noises(self, *noises: Noise, **changed: Any) -> Imagine:
        """The task of sampling a picture from each noise so, but for the fields that are `changed`."""
        sampling = {name: getattr(self, name) for name in Sampling.model_fields}
        return Imagine(**sampling | changed, noises=noises)


class Imagine(Sampling):
    """Pictures from words: one picture for each noise.

    With `best`, only so many of them are handed over, the best first: by agreement, anatomy and aesthetics.
    """

    kind: Literal["imagine"] = "imagine"
    noises: Annotated[tuple[Noise, ...], Field(min_length=1, max_length=MOST_TRIED)]
    best: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _hands_over_what_it_makes(self) -> Self:
        if self.pictures > MAX_PICTURES:
            raise ValueError(f"at most {MAX_PICTURES} pictures can be handed over")
        if self.best is not None and self.best > len(self.noises):
            raise ValueError(f"the best {self.best} of {len(self.noises)} pictures cannot be chosen")
        separate = self.start is not None and self.start.faces is not None and self.start.faces.separate
        if separate and (len(self.noises) > 1 or self.best is not None):
            raise ValueError("faces are handed over separately with one picture only")
        return self

    @property
    def pictures(self) -> int:
        """How many are handed over."""
        return len(self.noises) if self.best is None else self.best

    @property
    def picture_steps(self) -> int:
        """How much work it is: denoising steps, summed over all that are made; an edited one takes two."""
        looks = 2 if self.start is not None and self.start.shows is not None else 1
        return looks * self.steps_made * len(self.noises)


def upscaled_size(size: tuple[int, int], factor: int) -> tuple[int, int]:
    """Width and height of a picture made larger. Raises TooLarge."""
    width, height = factor * size[0], factor * size[1]
    if max(width, height) > MOST_UPSCALED_SIDE:
        hint = " Try 2x." if factor == 4 and 2 * max(size) <= MOST_UPSCALED_SIDE else ""
        raise TooLarge(
            f"{factor}x would be {width} x {height} pixels, and the most that I make is"
            f" {MOST_UPSCALED_SIDE} a side.{hint}"
        )
    return width, height


class Detail(Frozen):
    """How a picture that was made larger is drawn over, in tiles of `side` pixels, and each face by itself.

    `strength` is the share of the steps that is made. `seed` decides about the noise, and about where the
    tiles lie.
    """

    side: Side
    strength: Annotated[float, Field(gt=0, le=1)]
    sampler: Sampler
    guidance_scale: Guidance
    seed: Seed


_TILES = 9
"""Over a picture as large as a checkpoint draws them, once that is doubled."""


class Upscale(Frozen):
    """A picture `factor` times as wide and as high, and with `detail` if that is asked for.

    `image` is a blob, of Darkroom's making or of `storage.intake`'s. The prompts say what it shows, as far as
    that is known, and `steps` are those in which it was drawn: a schedule in a prompt counts them. Detail is
    drawn in as many.
    """

    kind: Literal["upscale"] = "upscale"
    image: BlobHash
    factor: Factor
    prompt: Annotated[str, StringConstraints(max_length=PROMPT_LIMIT)] = ""
    negative_prompt: Annotated[str, StringConstraints(max_length=PROMPT_LIMIT)] = ""
    steps: Steps = USUAL_STEPS
    detail: Detail | None = None

    @property
    def pictures(self) -> int:
        """How many there will be."""
        return 1

    @property
    def picture_steps(self) -> int:
        """How much work it is, in denoising steps: enlarging takes about as long as one."""
        return 1 if self.detail is None else 1 + _TILES * steps_made(self.steps, self.detail.strength)


class Describe(Frozen):
    """The words that go with a picture; `image` is a blob that `storage.intake` or a job made."""

    kind: Literal["describe"] = "describe"
    image: BlobHash

    @property
    def pictures(self) -> int:
        """It hands over words, and no picture."""
        return 0

    @property
    def picture_steps(self) -> int:
        """How much work it is, in denoising steps: looking at a picture takes about as long as one."""
        return 1


Task: TypeAlias = Imagine | Upscale | Describe


class Job(Frozen):
    """One request on its way through the farm.

    It carries no secret and nothing of Discord: `reply_to` names the Redis stream that takes the result, and
    whoever reads that stream knows from its own records where the pictures go.
    """

    version: Literal[1] = 1
    id: JobId = Field(default_factory=new_job_id)
    created_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    checkpoint: str
    policy: Policy = SFW
    reply_to: str
    task: Annotated[Task, Field(discriminator="kind")]
