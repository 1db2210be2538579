"""What an examination says of one part of the system."""

from __future__ import annotations

from typing import Literal

from storage.values import Travelling


class Check(Travelling):
    """One line of `darkroom doctor`.

    `fine` works; a `note` is worth knowing and stops nothing; `broken` needs the operator, and `says` what
    to do.
    """

    part: str
    state: Literal["fine", "note", "broken"]
    says: str
