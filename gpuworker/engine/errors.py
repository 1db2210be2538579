"""Why a picture was not rendered."""


class RenderError(RuntimeError):
    """One sentence for the member who asked for the picture."""


class Lacking(RenderError):
    """This machine has not the memory or the file that the picture takes; another one may have it."""


class DeadlineExceeded(RenderError):
    """The request's deadline passed before its picture was done."""


class EngineStopped(RuntimeError):
    """The engine was stopped: the request can be given to another one as it is."""
