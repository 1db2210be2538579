"""What to ask about a drawing: phrases of every group, the hard ones more often, and phrases of nothing."""

from collections.abc import Iterable
from random import Random
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from pocket.world.captions import GARMENT_WORDS, KIND_WORDS, PART_WORDS, absent, part_phrases
from pocket.world.drawing import Drawing

Mask = NDArray[np.bool_]

GROUPS = {
    "objects": 3.0,
    "figures": 2.0,
    "faces": 1.5,
    "hands": 3.0,
    "limbs": 2.0,
    "eyes": 1.5,
    "other parts": 1.5,
    "backgrounds": 0.5,
}
"""Groups of phrases, and how often one is chosen for training where the drawing has it.

"faces" are heads too; "other parts" are hair, mouths, torsos and clothes; "backgrounds" all that is behind.
"""
_GROUPS_OF_PARTS = {
    "head": "faces",
    "face": "faces",
    "hand": "hands",
    "arm": "limbs",
    "leg": "limbs",
    "eye": "eyes",
}
_GROUPS_OF_WORDS = {
    **{word: "objects" for words in KIND_WORDS.values() for word in words},
    **{
        word: _GROUPS_OF_PARTS.get(part, "other parts")
        for part, words in PART_WORDS.items()
        for word in words
    },
    **{word: "other parts" for words in GARMENT_WORDS.values() for word in words},
}
_ABSENT_SHARE = 0.2
_STRANGE_SHARE = 0.5
_UNKNOWN_SHARE = 0.2


def group_of(phrase: str) -> str:
    """Give the group of a phrase from `part_phrases`."""
    return next((_GROUPS_OF_WORDS[word] for word in phrase.split() if word in _GROUPS_OF_WORDS), "figures")


def group_phrases(drawing: Drawing) -> dict[str, list[tuple[str, Mask]]]:
    """Give the phrases of a drawing with their masks (size, size), by group; only groups that it has."""
    things, figures = ([each.mask for each in those] for those in (drawing.annotations, drawing.figures))
    behind = ~np.logical_or.reduce([_nothing(drawing), *things, *figures])
    groups = {"backgrounds": [(phrase, behind) for phrase in ("the background", "background")]}
    for phrase, mask in part_phrases(drawing):
        groups.setdefault(group_of(phrase), []).append((phrase, mask))
    return groups


def _nothing(drawing: Drawing) -> Mask:
    return np.zeros(drawing.pixels.shape[:2], np.bool_)


def _unknown(rng: Random) -> str:
    return "".join(rng.choices(ascii_lowercase, k=rng.randint(3, 10)))


def choose(drawing: Drawing, count: int, others: Iterable[str], rng: Random) -> list[tuple[str, Mask]]:
    """`count` phrases with their masks, by lots; a fifth are of what is absent, with an empty mask.

    `others` are phrases of other drawings: those that this one does not have are absent here. So is what has
    a name that nobody knows.
    """
    groups = group_phrases(drawing)
    said = {phrase for phrases in groups.values() for phrase, _ in phrases}
    strange = [phrase for phrase in others if phrase not in said]
    nothing = _nothing(drawing)
    chosen: list[tuple[str, Mask]] = []
    for _ in range(count):
        if rng.random() >= _ABSENT_SHARE:
            group = rng.choices(list(groups), [GROUPS[group] for group in groups])[0]
            chosen.append(rng.choice(groups[group]))
        elif rng.random() < _UNKNOWN_SHARE:
            chosen.append((f"the {_unknown(rng)}", nothing))
        elif strange and rng.random() < _STRANGE_SHARE:
            chosen.append((rng.choice(strange), nothing))
        else:
            chosen.append((absent(drawing.scene, rng), nothing))
    return chosen
