"""What an error of the system or of a library says, for use inside our own sentences."""

from __future__ import annotations


def reason_of(error: BaseException) -> str:
    """Give the reason of an error in one line: the system's message, or else the first line of its own.

    Without either, as with most time-outs, it is the name of the class.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = (line.strip() for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__)
