"""What a picture is to be like."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from commands.basis import basis_in
from commands.terminal import Refused
from storage.noise import Noise
from storage.settings import Settings
from tests.storage.intake.other_programs.files import PARAMETERS, png
from tests.storage.recipes import RECIPE


def test_an_own_recipe_is_taken_as_it_is(tmp_path: Path) -> None:
    basis = basis_in(tmp_path / "a.png", RECIPE, Settings(home=tmp_path), None, says_prompt=False)
    assert (basis.noise, basis.checkpoint, basis.recipe) == (RECIPE.noise, "pocket", RECIPE)
    assert (basis.fields["prompt"], basis.fields["width"], basis.start) == (RECIPE.prompt, 512, None)


def test_another_programs_has_no_recipe_and_perhaps_another_size(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png({"parameters": PARAMETERS}))
    settings = Settings(home=tmp_path)
    basis = basis_in(tmp_path / "a.png", None, settings, "pocket-2", says_prompt=False)
    assert (basis.noise, basis.checkpoint, basis.recipe) == (Noise(seed=1234), "pocket-2", None)
    assert (basis.shape, "width" in basis.fields) == ((512, 768), False)
    (tmp_path / "checkpoints" / "dreamshaper_8").mkdir(parents=True)
    here = basis_in(tmp_path / "a.png", None, settings, None, says_prompt=False)
    assert (here.checkpoint, here.fields["width"], here.fields["height"]) == ("dreamshaper_8", 512, 768)


def test_a_picture_that_says_nothing_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(Refused, match="carries no recipe"):
        basis_in(tmp_path / "a.png", None, Settings(home=tmp_path), None, says_prompt=True)
