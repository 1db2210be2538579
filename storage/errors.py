"""What an error of somebody else's says, for a sentence of ours."""

from __future__ import annotations


def reason_of(error: BaseException) -> str:
    """Give the reason in one line: what the system calls it, its message's first line, or its class's name.

    Time-outs, and whatever else was raised without a word, have nothing but their class.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = (line.strip() for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__)
