"""What is raised when a checkpoint cannot be served."""


class CheckpointError(RuntimeError):
    """One sentence that names the file at fault and what to do about it."""


def first_line(error: Exception) -> str:
    """What went wrong, for the inside of a sentence."""
    return next(iter(str(error).splitlines()), type(error).__name__)
