"""The error of a checkpoint, or another file of weights, that cannot be used."""

import re

from storage.errors import reason_of


class CheckpointError(RuntimeError):
    """A file of weights cannot be used; one sentence names the file and says what to do about it."""


def first_line(error: Exception) -> str:
    """Give the first sentence of an error's message, to be put inside another one."""
    return re.split(r"\. (?=[A-Z])", reason_of(error))[0].rstrip(".")
