"""What a redrawn picture starts from: all of it, what is masked, or what words name."""

from __future__ import annotations

from storage.fields import BlobHash
from storage.starts import Mask, Whole, WordMask


def redrawn(
    image: BlobHash, mask: BlobHash | None, mask_words: str | None, strength: float | None
) -> Whole | Mask | WordMask:
    """Make a job's start of a picture and what a member said about it.

    Without `strength` it has the usual one. If words say what changes, transparent parts do not.
    """
    said = {"image": image} if strength is None else {"image": image, "strength": strength}
    if mask_words:
        return WordMask.model_validate({**said, "mask_words": mask_words})
    return Mask.model_validate({**said, "mask": mask}) if mask else Whole.model_validate(said)
