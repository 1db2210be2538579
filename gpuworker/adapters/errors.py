"""Why an add-on cannot be worn."""


class AdapterError(ValueError):
    """The rest of a sentence that begins with the name of the add-on, without its full stop."""


class AdapterDamaged(AdapterError):
    """The file itself is at fault: another copy may be sound."""


class Misfit(AdapterError):
    """It is sound, but made for another checkpoint, from which "it" differs as the sentence says."""
