"""What an examination says of one part of the system."""

from __future__ import annotations

from collections.abc import Callable
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


def examined(part: str, examine: Callable[[], list[Check]]) -> list[Check]:
    """Look at one part. What nobody foresaw there is a line, too, and does not hide the other parts."""
    try:
        return examine()
    except Exception as error:
        says = f"cannot be examined ({type(error).__name__}: {' '.join(str(error).split())[:300]})"
        return [Check(part=part, state="broken", says=says)]
