"""People of the gallery in pictures: nobody trains a word of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands.gallery import with_records
from commands.terminal import fail

if TYPE_CHECKING:
    from storage.settings import Settings


def refuse_known_faces(
    settings: Settings, files: Sequence[Path], blobs: Sequence[str], checkpoint: str
) -> None:
    """Raise Refused where stored pictures, looked at as that checkpoint's, show somebody of the gallery.

    `files` are what they came from. Raises DetectorError where faces cannot be looked at, DatabaseAway,
    BlobStoreAway.
    """
    from PIL import Image

    from storage.blobs import Blobs

    known = with_records(lambda records: records.of(None))
    if not known.learned:
        return
    kept = Blobs.open(settings)
    for file, blob in zip(files, blobs, strict=True):
        with Image.open(io.BytesIO(kept.get(blob)), formats=("PNG",)) as picture:
            for face in known.known(known.look(picture.convert("RGB"), checkpoint)):
                fail(
                    f"{file} seems to show {face.name}, and no word is trained of anybody in the gallery. If "
                    "they consented: darkroom gallery forget."
                )
