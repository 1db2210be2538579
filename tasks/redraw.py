"""What a picture is redrawn from: all of it, what is masked, or what words name."""

from __future__ import annotations

from storage.fields import BlobHash
from storage.starts import Mask, Whole, WordMask


def redrawn(
    image: BlobHash, mask: BlobHash | None, mask_words: str | None, strength: float | None
) -> Whole | Mask | WordMask:
    """Say what a job starts from, of a picture and what a member said of it.

    Without a strength it is the usual one. Words say what changes, and then what is transparent does not.
    """
    said = {"image": image} if strength is None else {"image": image, "strength": strength}
    if mask_words:
        return WordMask.model_validate({**said, "mask_words": mask_words})
    return Mask.model_validate({**said, "mask": mask}) if mask else Whole.model_validate(said)
