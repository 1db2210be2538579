"""How pictures are sampled, by what an operator says."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from commands.sampling import effort_of, like_of, noises_of
from commands.terminal import Misused, Refused
from moderation.policy import SFW
from storage.noise import MAX_SEED, Noise
from tasks.presets import Quality
from tests.commands.test_inspect import OTHER, RECIPE, picture
from tests.storage.intake.other_programs.files import PARAMETERS, png


def test_nothing_said_is_standard() -> None:
    assert effort_of(None) == Quality.STANDARD.effort
    assert effort_of("fine") == Quality.FINE.effort


def test_seeds_follow_each_other_and_begin_anew_after_the_last() -> None:
    assert [noise.seed for noise in noises_of(MAX_SEED, 3)] == [MAX_SEED, 0, 1]
    frozen = Noise(seed=4, frozen=(64, 64))
    assert noises_of(None, 2, like=frozen) == (frozen, Noise(seed=5, frozen=(64, 64)))
    assert noises_of(9, 1, like=frozen) == (Noise(seed=9),)
    assert noises_of(None) != noises_of(None)


def test_frozen_noise_is_that_of_a_picture(tmp_path: Path) -> None:
    file = Path(picture(tmp_path, "a.png", RECIPE))
    assert noises_of(None, freeze=file) == (Noise(seed=1, frozen=(RECIPE.width, RECIPE.height)),)
    with pytest.raises(Misused, match="leave out --seed, --count and --best-of"):
        noises_of(7, freeze=file)
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    with pytest.raises(Refused, match="carries no recipe"):
        noises_of(None, freeze=tmp_path / "plain.png")


def test_words_are_those_of_the_recipe_unless_said_otherwise(tmp_path: Path) -> None:
    file = Path(picture(tmp_path, "a.png", OTHER.model_copy(update={"negative_prompt": "a tree"})))
    assert like_of(file, None, "", None, SFW).prompt == "a blue star"
    assert like_of(file, None, "", None, SFW).negative_prompt == "a tree"
    assert like_of(file, "a house", "rain", "draft", SFW).prompt == "a house"
    assert like_of(file, "a house", "rain", "draft", SFW).steps == Quality.DRAFT.effort.steps
    with pytest.raises(Refused, match="nudity or sex"):
        like_of(file, "a naked woman", "", None, SFW)
    with pytest.raises(Refused, match="nudity or sex"):
        like_of(file, None, "", None, SFW, beside=("a naked woman",))
    with pytest.raises(Refused, match="1,001 characters"):
        like_of(file, "x" * 1001, "", None, SFW)


def test_what_another_program_says_a_picture_shows_is_what_it_is_painted_with(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png({"parameters": PARAMETERS}))
    like = like_of(tmp_path / "a.png", None, "", "draft", SFW)
    assert (like.prompt, like.negative_prompt, like.steps) == ("a (red:1.2) boat", "trees, [blurry]", 10)
    assert like_of(tmp_path / "a.png", "a star", "", "draft", SFW).prompt == "a star"
