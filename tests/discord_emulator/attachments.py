"""Files at the CDN. Reference, "Message Resource", Attachment Object."""

import contextlib
import io
import mimetypes
import re
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from .errors import Json
from .hosts import CDN, MEDIA

UNKNOWN_TYPE = "application/octet-stream"
"""Discord says nothing of the content of such files."""


@dataclass(frozen=True, eq=False)
class Attachment:
    """A file that lies at the CDN. `content` are its bytes."""

    id: int
    filename: str
    content: bytes
    content_type: str
    url: str
    description: str | None = None
    ephemeral: bool = False

    @property
    def size(self) -> int:
        return len(self.content)

    def image(self) -> Image.Image:
        """The picture in it."""
        return Image.open(io.BytesIO(self.content))

    def json(self) -> Json:
        body: Json = {
            "id": str(self.id),
            "filename": self.filename,
            "size": self.size,
            "url": self.url,
            "proxy_url": self.url.replace(CDN, MEDIA),
        }
        if self.content_type != UNKNOWN_TYPE:
            body["content_type"] = self.content_type
        if self.description is not None:
            body["description"] = self.description
        if self.ephemeral:
            body["ephemeral"] = True
        with contextlib.suppress(UnidentifiedImageError, ImportError, OSError, ValueError, SyntaxError):
            body["width"], body["height"] = self.image().size
        return body


def clean_filename(name: str) -> str:
    """Discord keeps letters, digits, dot, dash and underscore; a space becomes an underscore."""
    return re.sub(r"[^\w.\-]", "", name.replace(" ", "_")) or "unknown"


def guess_type(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or UNKNOWN_TYPE
