"""Files that an operator gives, cleaned and kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.terminal import fail
from storage.errors import reason_of

if TYPE_CHECKING:
    from storage.settings import Settings


def kept(settings: Settings, image: Path, mask: Path | None) -> tuple[str, str | None, tuple[int, int]]:
    """The blobs of a picture and of what is masked in it, if anything, and its width and height."""
    from storage.blobs import Blobs, BlobStoreAway
    from storage.intake import IntakeError, take_in

    try:
        taken = take_in(file_bytes(image), None if mask is None else file_bytes(mask))
        blobs = Blobs.open(settings)
        return blobs.put(taken.picture), blobs.put(taken.mask) if taken.mask else None, taken.size
    except IntakeError as error:
        fail(f"{image}{f' with {mask}' if mask else ''}: {error}")
    except BlobStoreAway as error:
        fail(str(error))


def kept_whole(settings: Settings, image: Path) -> tuple[str, tuple[int, int]]:
    """The blob of a picture that must not be transparent anywhere, and its width and height."""
    blob, mask, size = kept(settings, image, None)
    if mask is not None:
        fail(f"{image} is transparent in parts: have them filled first, by darkroom imagine --image {image}.")
    return blob, size


def file_bytes(file: Path) -> bytes:
    """A member's file, or as much of it as shows that it is too large."""
    from storage.intake import LARGEST_FILE

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except OSError as error:
        fail(f"{file} cannot be read: {reason_of(error)}.")
