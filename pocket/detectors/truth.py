"""What there is to find in a drawing, by label, with its box."""

from pocket.world.drawing import Box, Drawing, FigureAnnotation

LABELS = ("figure", "head", "face", "eye", "mouth", "hand", "arm", "leg", "bare torso")
"""In the order of the detector's outputs."""
_LEAST = 5
"""Pixels of a part, fewer of which nobody could find."""


def boxes_of(drawing: Drawing) -> list[tuple[str, Box]]:
    """Give each label and box, one for each figure and each part of it that can be seen.

    A bare figure has a "bare torso", which no other figure has. So both are figures, and a detector, which
    wants one label for one box, need not say of the same box that it is a figure and that it is bare.
    """
    return [found for figure in drawing.figures for found in _boxes_of_figure(figure)]


def _boxes_of_figure(figure: FigureAnnotation) -> list[tuple[str, Box]]:
    found = [("figure", figure.box)]
    for part in figure.parts:
        label = part.name.split()[-1]
        if label == "torso" and figure.figure.clothes == "bare":
            label = "bare torso"
        if label in LABELS and part.mask.sum() >= _LEAST:
            found.append((label, part.box))
    return found
