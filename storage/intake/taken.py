"""What a member's file becomes."""

from __future__ import annotations

from dataclasses import dataclass

from storage.recipe import AnyRecipe


@dataclass(frozen=True)
class Taken:
    """A cleaned picture, and what of it is to be painted anew, as PNG files without any metadata.

    `picture` is RGB of `size`, sides of 8 to 2048 pixels; `mask`, if any, is 8-bit grey of the same size:
    255 where the picture shall change, 0 elsewhere, and some of both.
    """

    picture: bytes
    mask: bytes | None
    size: tuple[int, int]
    original: tuple[int, int]
    """Width and height before it was made smaller."""
    recipes: tuple[AnyRecipe, ...] = ()
    """What the file says of itself, if Darkroom wrote it: whoever made it may have written anything."""
