"""What is raised when a checkpoint cannot be served."""


class CheckpointError(RuntimeError):
    """One sentence that names the file at fault and what to do about it."""
