"""A name that was found in a text."""

from __future__ import annotations

from typing import NamedTuple

from moderation.names.listing import Name
from moderation.reading import Reading


class Found(NamedTuple):
    """A name that was found, where it stands in a reading, and whether letter by letter."""

    name: Name
    reading: Reading
    start: int
    end: int
    is_said: bool = False
    """Whether the text says that it is a name: `last name swift`."""

    @property
    def span(self) -> tuple[int, int]:
        """Give where it stands in the text."""
        return self.start, self.end

    @property
    def quote(self) -> str:
        """Give what the member wrote."""
        return self.reading.text[self.start : self.end]

    @property
    def around(self) -> str:
        """Give what else the member wrote."""
        return f"{self.reading.text[: self.start]} {self.reading.text[self.end :]}"
