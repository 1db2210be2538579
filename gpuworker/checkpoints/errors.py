"""What is raised when a checkpoint cannot be served."""

import re


class CheckpointError(RuntimeError):
    """One sentence that names the file at fault and what to do about it."""


def first_line(error: Exception) -> str:
    """The first sentence of what went wrong, for the inside of another one."""
    line = next(iter(str(error).splitlines()), type(error).__name__)
    return re.split(r"\. (?=[A-Z])", line)[0].rstrip(".")
