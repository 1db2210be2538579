"""What a foreign error says, to be put inside a sentence of ours."""

from __future__ import annotations


def reason_of(error: BaseException) -> str:
    """Give the reason of an error in one line: the system's message, else the first line of its own.

    Where there is neither, as with most time-outs, the name of its class has to do.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = (line.strip() for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__)
