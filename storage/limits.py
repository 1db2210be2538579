"""How much may be asked for at once, and granted."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """How many jobs may be open, not done yet, at most: of a member, in a channel, of a server and in all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    member: Annotated[int, Field(ge=1)] = 100
    channel: Annotated[int, Field(ge=1)] = 1_000
    server: Annotated[int, Field(ge=1)] = 5_000
    farm: Annotated[int, Field(ge=1)] = 20_000


class Grants(BaseModel):
    """How many credits a moderator may grant at most: at once, and on a day (UTC) in a server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    once: Annotated[int, Field(ge=0)] = 10_000
    day: Annotated[int, Field(ge=0)] = 50_000
