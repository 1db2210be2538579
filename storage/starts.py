"""The picture that others are made from, and which part of it may change: a class for each kind.

A kind has the name of the stage that does it, `gpuworker/stages/<kind>.py`.
"""

from __future__ import annotations

import json
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, StringConstraints

from storage.fields import BlobHash, Prompt, Strength
from storage.sizes import Margins
from storage.values import Travelling
from storage.versions import start_of_version_1

MASK_WORDS_LIMIT = 200

FacePart = Literal["face", "eyes", "mouth"]
MaskWords = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MASK_WORDS_LIMIT)
]


class Start(Travelling):
    """A picture to start from, and how much the part of it that may change does change.

    `image` is a blob that Darkroom made or that `storage.intake` cleaned. `strength` defaults to what is
    usual for the kind.
    """

    predictions: ClassVar[int] = 1
    """How many predictions the model makes at each step."""
    has_own_guidance: ClassVar[bool] = False
    """Whether the guidance scale may be one that suits this kind alone, and not one that a member chose."""
    finds_words: ClassVar[bool] = False
    """Whether the worker finds words for the pictures where the job has none."""

    image: BlobHash
    strength: Strength

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that it needs."""
        return (self.image,)

    @property
    def pictures(self) -> tuple[BlobHash, ...]:
        """List those that may be seen in what is made: masks are none of them."""
        return (self.image,)

    @property
    def words(self) -> tuple[str, ...]:
        """List the texts that it has beside the job's prompt, to be judged with it."""
        return ()

    @property
    def makes_several(self) -> bool:
        """Say whether one noise may give more than one picture."""
        return False

    @property
    def settings(self) -> list[str]:
        """List its settings as they are written into A1111's `parameters`."""
        return [f"Denoising strength: {self.strength:g}", f"Init image hash: {self.image[:10]}"]


class Whole(Start):
    """All of the picture may change. It is cropped to the job's width and height."""

    kind: Literal["whole"] = "whole"
    strength: Strength = 0.75
    """Changes colours and shapes, and leaves things where they are."""


MOST_BLENDED = 5
"""Pictures that are blended into one."""


class Blend(Start):
    """A picture with something of each of several: `image` and, after it, `others`, cropped to one size.

    Their latents are joined, and without a prompt the worker finds the words for each.
    """

    finds_words: ClassVar[bool] = True

    kind: Literal["blend"] = "blend"
    strength: Strength = 0.85
    """Lets the words say what is there; what is left of the pictures says where, and in which light."""
    others: Annotated[tuple[BlobHash, ...], Field(min_length=1, max_length=MOST_BLENDED - 1)]

    @property
    def pictures(self) -> tuple[BlobHash, ...]:
        """List all that are blended."""
        return self.image, *self.others

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List all that are blended."""
        return self.pictures

    @property
    def settings(self) -> list[str]:
        """List its settings as they are written into A1111's `parameters`."""
        hashes = ", ".join(blob[:10] for blob in self.others)
        return [*super().settings, f'Blended with: "{hashes}"']


class Mask(Start):
    """The white part of `mask`, a blob that `storage.intake` cleaned, may change.

    That part is rendered with its surroundings, at the job's width and height, and put back into the picture,
    whose size stays the same.
    """

    kind: Literal["mask"] = "mask"
    strength: Strength = 1.0
    """Draws something new."""
    mask: BlobHash

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the picture and the mask."""
        return self.image, self.mask

    @property
    def settings(self) -> list[str]:
        """List its settings as they are written into A1111's `parameters`."""
        return [*super().settings, f"Mask hash: {self.mask[:10]}"]


class WordMask(Start):
    """What `mask_words` name ("the left hand") may change; the worker finds it and uses it as a mask."""

    kind: Literal["word_mask"] = "word_mask"
    strength: Strength = 1.0
    """Draws something new."""
    mask_words: MaskWords

    @property
    def words(self) -> tuple[str, ...]:
        """Give the words for what to look for in the picture."""
        return (self.mask_words,)

    @property
    def settings(self) -> list[str]:
        """List its settings as they are written into A1111's `parameters`."""
        return [*super().settings, f"Mask words: {json.dumps(self.mask_words, ensure_ascii=False)}"]


class Outpaint(Start):
    """The picture grows by the `margins`, which are painted; the picture itself stays as it is.

    They are painted in as many pieces of the job's width and height as it takes.
    """

    has_own_guidance: ClassVar[bool] = True

    kind: Literal["outpaint"] = "outpaint"
    strength: Strength = 0.5
    """The border is first smeared outwards; this strength makes a picture of the smear along its lines."""
    margins: Margins


class HeadRoom(Start):
    """The picture grows upwards by what heads cut off by its upper border need; the worker finds them."""

    has_own_guidance: ClassVar[bool] = True
    """Some versions took the scale of the picture it was made from, which could be one for borders alone."""

    kind: Literal["head_room"] = "head_room"
    strength: Strength = 1.0
    """A head comes from the words, not from what is at the border."""


class Faces(Start):
    """A `part` of each face is rendered again at the job's width and height, as a masked part is.

    With `separate`, each face is also handed over by itself. A `restorer`, the name of a model that was made
    to restore faces, goes over each in the end.
    """

    kind: Literal["faces"] = "faces"
    strength: Strength = 0.85
    """A smeared face gives the model little to hold on to; half of a smear would still be one."""
    part: FacePart = "face"
    separate: bool = False
    restorer: str | None = None

    @property
    def makes_several(self) -> bool:
        """Say whether faces are handed over beside the picture."""
        return self.separate


class Edit(Start):
    """What the job's prompt says differently from `shows`, the words for the picture as it is, changes.

    It is rendered at the job's width and height.
    """

    predictions: ClassVar[int] = 2
    has_own_guidance: ClassVar[bool] = True

    kind: Literal["edit"] = "edit"
    strength: Strength = 0.8
    """With more noise a model loses sight of where things are; with less it clings to their colours."""
    shows: Prompt

    @property
    def words(self) -> tuple[str, ...]:
        """Give the words for the picture as it is."""
        return (self.shows,)

    @property
    def settings(self) -> list[str]:
        """List its settings as they are written into A1111's `parameters`."""
        return [*super().settings, f"Original prompt: {json.dumps(self.shows, ensure_ascii=False)}"]


AnyStart: TypeAlias = Annotated[
    Whole | Blend | Mask | WordMask | Outpaint | HeadRoom | Faces | Edit,
    Field(discriminator="kind"),
    BeforeValidator(start_of_version_1),
]
