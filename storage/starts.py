"""The picture that others are made from, and what of it may change: a class for each kind.

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
    """A picture, and how much may change of what may change at all.

    `image` is a blob of Darkroom's making or of `storage.intake`'s. Each kind has the `strength` that is
    usual for it, unless another one is given.
    """

    predictions: ClassVar[int] = 1
    """How many predictions the model makes at each step."""
    has_own_guidance: ClassVar[bool] = False
    """Whether its guidance scale may be one that is right for it alone, and none that a member chose."""

    image: BlobHash
    strength: Strength

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the blobs that it takes."""
        return (self.image,)

    @property
    def words(self) -> tuple[str, ...]:
        """List what it says in words beside the job's prompt, to be judged like that."""
        return ()

    @property
    def makes_several(self) -> bool:
        """Say whether more than one picture may come of one noise."""
        return False

    @property
    def settings(self) -> list[str]:
        """Say it in the form of A1111's `parameters`."""
        return [f"Denoising strength: {self.strength:g}", f"Init image hash: {self.image[:10]}"]


class Whole(Start):
    """All of a picture may change, which is cut to the job's width and height."""

    kind: Literal["whole"] = "whole"
    strength: Strength = 0.75
    """Other colours and shapes, in the same places."""


class Mask(Start):
    """What is white in `mask`, a blob of `storage.intake`'s, may change.

    It is rendered, with what is around it, in the job's width and height, and put back into the picture,
    which keeps its size.
    """

    kind: Literal["mask"] = "mask"
    strength: Strength = 1.0
    """Something new."""
    mask: BlobHash

    @property
    def sources(self) -> tuple[BlobHash, ...]:
        """List the picture and the mask."""
        return self.image, self.mask

    @property
    def settings(self) -> list[str]:
        """Say it in the form of A1111's `parameters`."""
        return [*super().settings, f"Mask hash: {self.mask[:10]}"]


class WordMask(Start):
    """What `mask_words` name ("the left hand") may change; the worker finds it. It is done as with a mask."""

    kind: Literal["word_mask"] = "word_mask"
    strength: Strength = 1.0
    """Something new."""
    mask_words: MaskWords

    @property
    def words(self) -> tuple[str, ...]:
        """Give the words for what to look for in the picture."""
        return (self.mask_words,)

    @property
    def settings(self) -> list[str]:
        """Say it in the form of A1111's `parameters`."""
        return [*super().settings, f"Mask words: {json.dumps(self.mask_words, ensure_ascii=False)}"]


class Outpaint(Start):
    """What is beyond the borders is painted, as wide as the `margins`; the picture stays as it is.

    It takes as many pieces of the job's width and height as are needed.
    """

    has_own_guidance: ClassVar[bool] = True

    kind: Literal["outpaint"] = "outpaint"
    strength: Strength = 0.5
    """What is at a border is drawn out from it: that is kept, as the lie of the land, and made good."""
    margins: Margins


class HeadRoom(Start):
    """As much is painted above as the heads need that the upper border cuts off; the worker finds them."""

    has_own_guidance: ClassVar[bool] = True
    """Some versions gave it that of the picture it was made from, which could be one for borders alone."""

    kind: Literal["head_room"] = "head_room"
    strength: Strength = 1.0
    """A head follows from words, not from what is at the border."""


class Faces(Start):
    """Of each face a `part` is rendered again in the job's width and height, like what is masked.

    If they are `separate`, each is handed over by itself too. A `restorer`, the name of a model that was made
    to restore faces, has the last word on each.
    """

    kind: Literal["faces"] = "faces"
    strength: Strength = 0.85
    """A face that is a smear gives little to hold on to; half of a smear is one still."""
    part: FacePart = "face"
    separate: bool = False
    restorer: str | None = None

    @property
    def makes_several(self) -> bool:
        """Say whether faces are handed over beside the picture."""
        return self.separate


class Edit(Start):
    """Only that changes in which the job's prompt differs from what the picture `shows`, in words.

    It is rendered in the job's width and height.
    """

    predictions: ClassVar[int] = 2
    has_own_guidance: ClassVar[bool] = True

    kind: Literal["edit"] = "edit"
    strength: Strength = 0.85
    """In more noise a model no longer sees where things are; in less it does not let go of their colours."""
    shows: Prompt

    @property
    def words(self) -> tuple[str, ...]:
        """Give the words for what the picture shows."""
        return (self.shows,)

    @property
    def settings(self) -> list[str]:
        """Say it in the form of A1111's `parameters`."""
        return [*super().settings, f"Original prompt: {json.dumps(self.shows, ensure_ascii=False)}"]


AnyStart: TypeAlias = Annotated[
    Whole | Mask | WordMask | Outpaint | HeadRoom | Faces | Edit,
    Field(discriminator="kind"),
    BeforeValidator(start_of_version_1),
]
