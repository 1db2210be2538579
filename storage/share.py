"""Whose job it is, as far as the queue must know to be fair: a name, a weight, and how urgent it is."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from storage.values import Travelling


class Urgency(IntEnum):
    """What comes before what, whoever asked; a job that waits long moves up."""

    INTERACTIVE = 0
    """Somebody sits and waits."""
    BULK = 1
    """The others of many jobs that were asked for at once."""
    TRAINING = 2
    """Minutes of work, for which nobody sits and waits."""
    RELAXED = 3
    """It costs nothing, and runs when nothing else is wanted."""


class Share(Travelling):
    """Work under one `member` name is counted together; the name says nothing about who it is.

    Who has twice the `weight` of another gets twice as much while both want more than there is.
    """

    member: Annotated[str, StringConstraints(max_length=64)] = ""
    weight: Annotated[float, Field(ge=0.01, le=100)] = 1.0
    urgency: Urgency = Urgency.INTERACTIVE


NOBODYS = Share()
"""The share of what nobody in particular asked for, or an earlier version."""
