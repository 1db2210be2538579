"""Values: immutable, and lenient when programs hand them on, strict when people write them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Travelling(BaseModel):
    """A value on its way between programs; it ignores fields that it does not know.

    A worker and a bot of neighbouring versions work together that way: what was written before a field was
    added is read with the field's default.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Written(BaseModel):
    """A value that a person writes; a field that it does not know is a mistake, and an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
