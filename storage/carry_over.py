"""A word that is carried over to another checkpoint: what it drew before, and how like that it is now."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from storage.fields import BlobHash, Prompt
from storage.values import Travelling

LEAST_LIKENESS = 0.9
"""Of what a word had, that it has to keep, or the checkpoint that it was made for goes on drawing it."""


class Drawn(Travelling):
    """A picture of a word, a blob, and the prompt that drew it."""

    image: BlobHash
    prompt: Prompt


class Before(Travelling):
    """What a word drew on the checkpoint that it is carried over from; it shall draw the same here."""

    checkpoint: str
    drawn: Annotated[tuple[Drawn, ...], Field(min_length=1, max_length=4)]

    @property
    def images(self) -> tuple[BlobHash, ...]:
        """List the blobs."""
        return tuple(each.image for each in self.drawn)


class Likeness(Travelling):
    """How like the pictures that a word was learned from those are that it draws, 0 to 1.

    `before` is for the pictures of the checkpoint that it comes from, and `after` for those of the other one.
    """

    before: Annotated[float, Field(ge=0, le=1)]
    after: Annotated[float, Field(ge=0, le=1)]

    @property
    def share(self) -> float:
        """Give what is left of the likeness that there was; 1 for all of it."""
        return self.after / self.before if self.before > 0 else 0.0

    @property
    def is_enough(self) -> bool:
        """Say whether the word may be drawn by the other checkpoint from now on."""
        return self.share >= LEAST_LIKENESS
