"""How weights are applied is a setting, and part of every recipe."""

from __future__ import annotations

import pytest

from storage.recipe import Recipe
from storage.settings import Settings, SettingsError, read_settings
from storage.weighting import Weighting
from tests.storage.recipes import RECIPE


def test_it_is_read_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(Settings).weighting is Weighting.DARKROOM
    monkeypatch.setenv("DARKROOM_WEIGHTING", "a1111")
    assert read_settings(Settings).weighting is Weighting.A1111
    monkeypatch.setenv("DARKROOM_WEIGHTING", "compel")
    with pytest.raises(SettingsError, match="'darkroom' or 'a1111'"):
        read_settings(Settings)


def test_recipes_say_it_and_those_that_do_not_mean_darkrooms_own() -> None:
    recipe = RECIPE.model_copy(update={"weighting": Weighting.A1111})
    assert Recipe.model_validate_json(recipe.model_dump_json()).weighting is Weighting.A1111
    assert recipe.again().weighting is Weighting.A1111
    old = RECIPE.model_dump(exclude={"weighting"})
    assert Recipe.model_validate(old).weighting is Weighting.DARKROOM


@pytest.mark.parametrize(("prompt", "sums"), [("a boat AND the sea", True), ("a boat", False)])
def test_recipes_of_earlier_versions_add_up_the_parts_of_an_and(prompt: str, sums: bool) -> None:
    recipe = RECIPE.model_copy(update={"prompt": prompt})
    assert not Recipe.model_validate_json(recipe.model_dump_json()).again().sums_parts
    old = recipe.model_dump(exclude={"sums_parts"})
    assert Recipe.model_validate(old).again().sums_parts is sums
