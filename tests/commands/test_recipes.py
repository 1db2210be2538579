"""The recipes that pictures carry, and what is said of files that carry none."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.recipes import recipe_in, recipes_in
from commands.refusals import sentence_of
from storage.recipe_file import RecipeError
from tests.commands.test_inspect import RECIPE, picture


def test_a_recipe_is_read(tmp_path: Path) -> None:
    file = Path(picture(tmp_path, "a.png", RECIPE))
    assert recipe_in(file) == RECIPE
    assert recipes_in(file) == (RECIPE,)


def test_what_cannot_be_read_is_said_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(RecipeError) as damaged:
        recipe_in(tmp_path / "text.png")
    assert str(sentence_of(damaged.value)).startswith(f"{tmp_path / 'text.png'}: This file is not a picture")
    for name, reason in (("missing.png", "No such file or directory"), ("", "Is a directory")):
        with pytest.raises(OSError, match=reason) as caught:
            recipe_in(tmp_path / name)
        assert sentence_of(caught.value) == f"{tmp_path / name} cannot be read: {reason}."
