"""What a member pastes where a prompt is asked for: what A1111 and civitai let one copy, or `--no`."""

from __future__ import annotations

import re

from storage.intake.other_programs.a1111 import read_parameters
from storage.intake.other_programs.foreign_recipe import ForeignRecipe

_NEGATIVE = re.compile(r"\s*\bnegative prompt\s*:\s*", re.IGNORECASE)
_NO = re.compile(r"\s--no\s+((?!--)\S.*?)(?=\s+--\w|\s*\Z)", re.DOTALL)
"""Midjourney's parameter: all up to the next one."""
_SETTINGS = re.compile(r"\s(?=Steps:\s*\d{1,5}\s*,)")


def read_pasted(text: str) -> ForeignRecipe | None:
    """Read a prompt with a negative prompt, `--no` or settings in it; None if there is none of these.

    Chat and shells ask for one line, and make spaces of the breaks that A1111's form has.
    """
    if left_out := _NO.findall(text):
        wanted, *unwanted = _NEGATIVE.split(_NO.sub("", text), maxsplit=1)
        text = f"{wanted} Negative prompt: {', '.join((*left_out, *unwanted))}"
    *head, last = _SETTINGS.split(text)
    lines = "\nNegative prompt: ".join(_NEGATIVE.split(" ".join(head) if head else last, maxsplit=1))
    told = read_parameters("\n".join((lines, last)) if head else lines)
    return told if told and (told.negative_prompt or told.steps is not None) else None
