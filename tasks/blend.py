"""What several pictures that are to be blended into one start from."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.told import Told
from storage.fields import BlobHash
from storage.starts import MOST_BLENDED, Blend

FEWEST = 2


class NothingToBlend(ValueError):
    """These pictures are too few or too many, or one and the same; the message is a sentence."""


def refuse_number(pictures: int) -> None:
    """Raise NothingToBlend for a number of pictures that is not blended."""
    if not FEWEST <= pictures <= MOST_BLENDED:
        raise NothingToBlend(
            Told(
                "From {least} to {most} pictures are blended, and this is {count}.",
                least=FEWEST,
                most=MOST_BLENDED,
                count=pictures,
            )
        )


def blend_of(images: Sequence[BlobHash], strength: float | None = None) -> Blend:
    """Make a job's start of the pictures, with the usual `strength` unless another one is said.

    Raises NothingToBlend.
    """
    refuse_number(len(images))
    first, *others = dict.fromkeys(images)
    if not others:
        raise NothingToBlend(Told("These are all the same picture: send at least two that differ."))
    said = {} if strength is None else {"strength": strength}
    return Blend.model_validate({"image": first, "others": others, **said})
