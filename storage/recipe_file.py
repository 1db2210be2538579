"""Recipes in picture files: every picture carries its own."""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from PIL import Image, PngImagePlugin, UnidentifiedImageError
from pydantic import TypeAdapter, ValidationError

from moderation.told import Told
from storage.errors import reason_of
from storage.plain_task import MAX_PICTURES
from storage.png_chunks import SIGNATURE, chunks
from storage.recipe import AnyRecipe, parameters_text, sampled
from storage.versions import TooNew, recognising_news

_OUR_KEY = "darkroom"
_GRID_KEY = "darkroom-grid"
_KEYS = {_OUR_KEY, _GRID_KEY}
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_A1111_KEY, _ENLARGED_KEY = "parameters", "extras"
_LARGEST_FILE = 64 * 2**20
_LARGEST_TEXT = 64 * 2**10
"""Characters. A recipe with two prompts of 1,000 characters needs about 10,000 when all are escaped."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_RECIPE: TypeAdapter[AnyRecipe] = TypeAdapter(AnyRecipe)
_RECIPES: TypeAdapter[tuple[AnyRecipe, ...]] = TypeAdapter(tuple[AnyRecipe, ...])


Read = TypeVar("Read")


class RecipeError(ValueError):
    """The file is no picture, or its recipe makes no sense; the message is a sentence."""


def text_of(recipes: Sequence[AnyRecipe]) -> PngImagePlugin.PngInfo:
    """Give the text chunks of a PNG that say how it was made, for A1111's readers and for ours.

    In our own form a grid has the recipes of all its pictures. In A1111's it has that of the first, as
    A1111's own grids do, because readers take several texts for one.
    """
    text = PngImagePlugin.PngInfo()
    # As tEXt, which all readers know, if Latin-1 has the letters; else as iTXt.
    # A line that only says how something was enlarged would be taken for a prompt, so A1111 has a key for it.
    key = _A1111_KEY if sampled(recipes[0]) else _ENLARGED_KEY
    text.add_text(key, parameters_text(recipes[0]))
    if len(recipes) == 1:
        text.add_itxt(_OUR_KEY, recipes[0].model_dump_json())
    else:
        text.add_itxt(_GRID_KEY, recipes_json(tuple(recipes)).decode())
    return text


def to_png(image: Image.Image, recipe: AnyRecipe) -> bytes:
    """Write the picture as PNG with its recipe inside, twice: for A1111's readers and for ours."""
    file = io.BytesIO()
    # Level 1 is several times faster than the default and a few per cent larger.
    image.save(file, "PNG", pnginfo=text_of([recipe]), compress_level=1)
    return file.getvalue()


def read_recipe(source: str | Path | bytes | BinaryIO) -> AnyRecipe | None:
    """Read the recipe out of a picture; None when it carries none of ours.

    Raises RecipeError, also for a grid: its pictures have one each.
    """
    recipes = read_recipes(source)
    if len(recipes) > 1:
        raise RecipeError(f"This is a grid of {len(recipes)} pictures: take out the one that you mean.")
    return recipes[0] if recipes else None


def read_recipes(source: str | Path | bytes | BinaryIO) -> tuple[AnyRecipe, ...]:
    """Read the recipes out of a picture or a grid, in reading order; none when it carries none of ours.

    Only what is ours is read, never the pixels nor what others say of them; Pillow itself refuses text that
    inflates to more than 1 MiB. Raises RecipeError.
    """
    data = _telling(_limited_bytes(source))
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            one, grid = image.info.get(_OUR_KEY), image.info.get(_GRID_KEY)
    except UnidentifiedImageError as error:
        raise RecipeError("This file is not a picture that Darkroom can read, or it is damaged.") from error
    except Image.DecompressionBombError as error:
        raise RecipeError("This picture claims an impossible size.") from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:
        raise RecipeError("This picture is damaged, so its recipe cannot be read.") from error
    if isinstance(one, str):
        return (_read(_RECIPE, one, _LARGEST_TEXT),)
    return _read(_RECIPES, grid, MAX_PICTURES * _LARGEST_TEXT) if isinstance(grid, str) else ()


def recipes_told(data: bytes) -> tuple[AnyRecipe, ...]:
    """Read the recipes that make sense in a file of whatever kind; none from a file that makes none."""
    with contextlib.suppress(RecipeError):
        return read_recipes(data)
    return ()


def recipes_json(recipes: tuple[AnyRecipe, ...]) -> bytes:
    """Write recipes; `recipes_from` reads them."""
    return _RECIPES.dump_json(recipes)


def recipes_from(said: bytes) -> tuple[AnyRecipe, ...]:
    """Read what `recipes_json` wrote. Raises pydantic.ValidationError."""
    return _RECIPES.validate_json(said)


def _telling(data: bytes) -> bytes:
    """Drop what other programs wrote into a PNG: it may be long or broken though the picture is sound."""
    if not data.startswith(SIGNATURE):
        return data
    ours = [SIGNATURE]
    for kind, body, at in chunks(data):
        if kind in (b"IHDR", b"IDAT") or (
            kind in _TEXTS and body.split(b"\0", 1)[0].decode("latin-1") in _KEYS
        ):
            ours.append(data[at : at + 12 + len(body)])
        if kind == b"IDAT":
            break
    return b"".join(ours)


def _read(form: TypeAdapter[Read], said: str, limit: int) -> Read:
    if len(said) > limit:
        raise RecipeError("This picture's recipe is too long to be one of ours.")
    try:
        with recognising_news("recipe", Told("This Darkroom is older than the one that made the picture")):
            return form.validate_json(said)
    except TooNew as error:
        raise RecipeError(str(error)) from error
    except ValidationError as error:
        raise RecipeError("This picture's recipe does not make sense; it was changed or damaged.") from error


def _limited_bytes(source: str | Path | bytes | BinaryIO) -> bytes:
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, str | Path):
        try:
            with Path(source).open("rb") as file:
                data = file.read(_LARGEST_FILE + 1)
        except OSError as error:
            raise RecipeError(f"{source} cannot be read: {reason_of(error)}.") from error
    else:
        data = source.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise RecipeError(f"This file is larger than {_LARGEST_FILE // 2**20} MiB.")
    return data
