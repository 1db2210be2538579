"""Recipes in picture files: every picture carries its own."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import BinaryIO

from PIL import Image, PngImagePlugin, UnidentifiedImageError
from pydantic import TypeAdapter, ValidationError

from storage.errors import reason_of
from storage.recipe import AnyRecipe, parameters_text
from storage.versions import TooNew, recognising_news

_OUR_KEY = "darkroom"
_A1111_KEY = "parameters"
_LARGEST_FILE = 64 * 2**20
_LARGEST_TEXT = 64 * 2**10
"""Characters. A recipe with two prompts of 1,000 characters needs about 10,000 when all are escaped."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_RECIPE: TypeAdapter[AnyRecipe] = TypeAdapter(AnyRecipe)


class RecipeError(ValueError):
    """The file is no picture, or what it says of itself makes no sense; the message is a sentence."""


def to_png(image: Image.Image, recipe: AnyRecipe) -> bytes:
    """Write the picture as PNG with its recipe inside, twice: for A1111's readers and for ours."""
    text = PngImagePlugin.PngInfo()
    # As tEXt, which all readers know, if Latin-1 has the letters; else as iTXt.
    text.add_text(_A1111_KEY, parameters_text(recipe))
    text.add_itxt(_OUR_KEY, recipe.model_dump_json())
    file = io.BytesIO()
    # Level 1 is several times faster than the default and a few per cent larger.
    image.save(file, "PNG", pnginfo=text, compress_level=1)
    return file.getvalue()


def read_recipe(source: str | Path | bytes | BinaryIO) -> AnyRecipe | None:
    """Read the recipe out of a picture; None when it carries none of ours.

    Only the chunks before the pixels are read, never the pixels; Pillow itself refuses text that inflates to
    more than 1 MiB. Raises RecipeError.
    """
    data = _limited_bytes(source)
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            said = image.info.get(_OUR_KEY)
    except UnidentifiedImageError as error:
        raise RecipeError("This file is not a picture that Darkroom can read, or it is damaged.") from error
    except Image.DecompressionBombError as error:
        raise RecipeError("This picture claims an impossible size.") from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:
        raise RecipeError("This picture is damaged, so its recipe cannot be read.") from error
    if not isinstance(said, str):
        return None
    if len(said) > _LARGEST_TEXT:
        raise RecipeError("This picture's recipe is too long to be one of ours.")
    try:
        with recognising_news("recipe", "This Darkroom is older than the one that made the picture"):
            return _RECIPE.validate_json(said)
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
