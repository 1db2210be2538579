"""What a member pastes where a prompt is asked for: the text that A1111 and civitai let one copy."""

from __future__ import annotations

import re

from storage.intake.other_programs.a1111 import read_parameters
from storage.intake.other_programs.foreign_recipe import ForeignRecipe

_NEGATIVE = re.compile(r"\s*\bnegative prompt\s*:\s*", re.IGNORECASE)
_SETTINGS = re.compile(r"\s(?=Steps:\s*\d{1,5}\s*,)")


def read_pasted(text: str) -> ForeignRecipe | None:
    """Read a prompt with a negative prompt or with settings in it; None if there is neither.

    Chat and shells ask for one line, and make spaces of the breaks that A1111's form has.
    """
    *head, last = _SETTINGS.split(text)
    lines = "\nNegative prompt: ".join(_NEGATIVE.split(" ".join(head) if head else last, maxsplit=1))
    told = read_parameters("\n".join((lines, last)) if head else lines)
    return told if told and (told.negative_prompt or told.steps is not None) else None
