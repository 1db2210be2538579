from __future__ import annotations

from typing import Any

import pytest

from storage.intake.other_programs.foreign_recipe import (
    ForeignRecipe,
    fields,
    file_stem,
    listed,
    name,
    real,
    whole,
    words,
)


@pytest.mark.parametrize(
    ("said", "number"),
    [(5, 5), ("5", 5), (" -7 ", -7), (5.0, 5), (5.5, None), (True, None), ("1e3", 1000), (2**64, None),
     (float("inf"), None), ("nan", None), ([5], None), ("9" * 30, None), (10**400, None)],
)  # fmt: skip
def test_whole_numbers(said: Any, number: int | None) -> None:
    assert whole(said) == number


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (7, 7),
        ("7.5", 7.5),
        ("1e400", None),
        (float("nan"), None),
        (None, None),
        (10**400, None),
        ("7,5", None),
    ],
)
def test_numbers(said: Any, number: float | None) -> None:
    assert real(said) == number


def test_seeds_of_64_bits_are_exact() -> None:
    assert whole(2**63 + 1) == whole(str(2**63 + 1)) == 2**63 + 1


@pytest.mark.parametrize(
    ("said", "stem"),
    [
        ("a.safetensors", "a"),
        (r"sub\dir/b.v1.ckpt", "b.v1"),
        ("None", None),
        ("", None),
        (5, None),
        ("a/", None),
    ],
)
def test_models_go_by_the_name_of_their_file(said: Any, stem: str | None) -> None:
    assert file_stem(said) == stem


def test_texts_are_cleaned_and_cut() -> None:
    assert words(" a\x00\x1b[0m\tb\nc ") == "a  [0m\tb\nc"
    assert words(None) == words(["a"]) == ""
    assert name("a\nb\x07" + "c" * 500) == "a b " + "c" * 196


def test_what_is_no_object_or_list_is_an_empty_one() -> None:
    assert fields('{"a": 1}') == {"a": 1}
    assert fields("[1]") == fields("{") == fields(None) == {}
    assert listed([1, 2]) == [1, 2]
    assert listed("ab") == listed({}) == []


def test_one_setting_alone_says_nothing() -> None:
    assert not ForeignRecipe(program="X", dialect="a1111", steps=5).says_something
    assert ForeignRecipe(program="X", dialect="a1111", steps=5, seed=1).says_something
    assert ForeignRecipe(program="X", dialect="a1111", prompt="a").says_something
