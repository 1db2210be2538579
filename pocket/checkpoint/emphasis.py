"""Captions with a colour weighted, like `(red:0.5)`, which teach a denoiser how much of a word counts.

A weight lies on the line from the caption without the word to the caption with it. A denoiser that has only
read whole captions cuts that line somewhere, and draws the one side as red as the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from pocket.checkpoint.prompts import Prompts
from pocket.world.captions import COLOUR_WORDS
from pocket.world.scene import Scene

LEAST, MOST = -1.0, 1.5
"""Weights that are practised; below zero the word is what a picture shall not show."""


def colour_told(text: str, scene: Scene, other: Scene) -> str | None:
    """Give the word of a caption that names the one colour in which a scene differs from its twin.

    None if they differ in something else, or if the caption has that colour twice or not at all.
    """
    things = [(one.colour, two.colour) for one, two in zip(scene.things, other.things, strict=False)]
    clothes = [(one.clothes, two.clothes) for one, two in zip(scene.figures, other.figures, strict=False)]
    changed = [one for one, two in things + clothes if one != two]
    if len(changed) != 1 or changed[0] not in COLOUR_WORDS:
        return None
    said = [word for word in text.replace(",", " ").split() if word in COLOUR_WORDS[changed[0]]]
    return said[0] if len(said) == 1 else None


def shown(clean: Tensor, other: Tensor, weight: float) -> Tensor:
    """Give the latents of a picture in which a colour shows as much as its weight says.

    That is the twin's colour at 0 and below, a mixture of both up to 1, and the caption's own from there on.
    """
    return torch.lerp(other, clean, min(max(weight, 0.0), 1.0))


def weighted(
    prompts: Prompts,
    captions: Sequence[str],
    weights: Mapping[int, tuple[str, float]],
    size: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Give what `prompts` makes of captions, of which those at some places have a word with a weight.

    It is what the engine makes of them: the caption as it is, moved along the line from what the towers make
    of it with the word masked, and of an empty caption in the word's own place.
    """
    rows = prompts.rows(captions)
    if weights:
        chosen = [captions[place] for place in weights]
        seen = prompts.seen(chosen, [word for word, _ in weights.values()])
        states, *rest = prompts.rows(chosen, seen)
        without = torch.where(seen[..., None], states, prompts.rows([""])[0]), *rest
        places = torch.tensor(list(weights), device=states.device)
        beyond = torch.tensor([weight - 1 for _, weight in weights.values()], device=states.device)
        rows = tuple(
            whole.index_add(
                0, places, torch.einsum("n,n...->n...", beyond, whole[places] - less).to(whole.dtype)
            )
            for whole, less in zip(rows, without, strict=True)
        )
    return prompts.arguments(rows, captions, size)
