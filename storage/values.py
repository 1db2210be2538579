"""Values: immutable, and lenient when programs hand them on, strict when people write them."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

log = logging.getLogger(__name__)


class Travelling(BaseModel):
    """A value on its way between programs; it ignores fields that it does not know.

    A worker and a bot of neighbouring versions work together that way: what was written before a field was
    added is read with the field's default.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Written(BaseModel):
    """A value that a person writes; a field that it does not know is a mistake, and an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_Value = TypeVar("_Value", bound=Travelling)


def read_or_none(kind: type[_Value], said: bytes | str) -> _Value | None:
    """Read one of several values that others wrote; one that cannot be read is logged once, and None."""
    try:
        return kind.model_validate_json(said)
    except ValidationError:
        _log_once(kind.__name__, said[:_SHOWN])
        return None


_SHOWN = 100


@lru_cache
def _log_once(kind: str, said: bytes | str) -> None:
    log.warning("a %s is left out, since it cannot be read: %r", kind, said)
