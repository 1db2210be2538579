"""How the weights in a prompt are applied."""

from __future__ import annotations

from enum import StrEnum


class Weighting(StrEnum):
    """A method: Darkroom's own, or A1111's for prompts whose weights were chosen there.

    What each does to the text is said in gpuworker/families/text_encoding.py.
    """

    DARKROOM = "darkroom"
    A1111 = "a1111"
