"""Files that an operator gives, cleaned and stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.terminal import about, fail

if TYPE_CHECKING:
    from storage.settings import Settings


def kept(settings: Settings, image: Path, mask: Path | None) -> tuple[str, str | None, tuple[int, int]]:
    """Store a picture and its mask, if any; give their blobs, and the picture's width and height.

    Raises OSError, IntakeError, BlobStoreAway.
    """
    from storage.blobs import Blobs
    from storage.intake import take_in

    picture, masked = file_bytes(image), None if mask is None else file_bytes(mask)
    with about(f"{image} with {mask}" if mask else image):
        taken = take_in(picture, masked)
    blobs = Blobs.open(settings)
    return blobs.put(taken.picture), blobs.put(taken.mask) if taken.mask else None, taken.size


def kept_whole(settings: Settings, image: Path) -> tuple[str, tuple[int, int]]:
    """Store a picture that must not be transparent anywhere; give its blob, and its width and height."""
    blob, mask, size = kept(settings, image, None)
    if mask is not None:
        fail(f"{image} is transparent in parts: have them filled first, by darkroom imagine --image {image}.")
    return blob, size


def file_bytes(file: Path, heaviest: int | None = None) -> bytes:
    """Read a file, or as much of it as shows that it has more than `heaviest` bytes.

    Without a number those are the ones that a member may send. Raises OSError.
    """
    from storage.intake import LARGEST_FILE

    with about(file), file.open("rb") as opened:
        return opened.read((heaviest or LARGEST_FILE) + 1)
