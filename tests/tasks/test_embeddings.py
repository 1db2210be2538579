from __future__ import annotations

from pathlib import Path

import pytest

import tasks
from tasks.embeddings import NotAName, checked_name


@pytest.mark.parametrize("name", ["Ink_Wash", "21char", "bad-hands-5", "zorbo", "ツォルボ", "ज़ोर्बो", "ซอร์โบ"])
def test_names_that_are_taken(name: str) -> None:
    assert checked_name(f" {name} ") == name


@pytest.mark.parametrize("name", ["__zorp__", "a__zorp", "$zorp"])
def test_what_the_notebook_writes_is_no_name(name: str) -> None:
    """It would be looked for there, and never be drawn with."""
    with pytest.raises(NotAName, match="is no name for an embedding"):
        checked_name(name, may_shadow=True)


@pytest.mark.parametrize(
    "name", ["", "a", "x" * 200, "🙂🙂", "a b", "../up", "a.pt", "12", "_-", "a:b", "\u0940z", "a\u200db"]
)
def test_a_name_has_a_form(name: str) -> None:
    with pytest.raises(NotAName, match="is no name for an embedding"):
        checked_name(name)


@pytest.mark.parametrize("name", ["taylor_swift", "TaylorSwift", "nude-girl", "p0rn"])
def test_a_name_means_nobody_known_and_nothing_sexual(name: str) -> None:
    with pytest.raises(NotAName, match="cannot be called"):
        checked_name(name, may_shadow=True)


@pytest.mark.parametrize(
    "name",
    ["cat", "Robot", "AND", "lora", "in", "Of", "anime", "cyberpunk", "watercolour", "lowres", "und", "8k"],
)
def test_a_word_of_the_language_is_for_moderators_to_give(name: str) -> None:
    with pytest.raises(NotAName, match="a word that prompts use already"):
        checked_name(name)
    assert checked_name(name, may_shadow=True) == name


@pytest.mark.parametrize("name", ["Haus", "Straße", "strasse", "forêt", "foret", "casa", "Árbol", "arbol"])
def test_so_is_one_of_every_language_that_members_are_spoken_to_in(name: str) -> None:
    with pytest.raises(NotAName, match="a word that prompts use already"):
        checked_name(name)


@pytest.mark.parametrize("name", ["ねこ", "夕焼け", "ロボット", "ﾛﾎﾞｯﾄ", "ｃａｔ"])
def test_so_is_one_of_wide_or_narrow_signs(name: str) -> None:
    with pytest.raises(NotAName, match="a word that prompts use already"):
        checked_name(name)


def test_names_that_look_like_others_are_none() -> None:
    assert checked_name("ＡＢzz") == "ABzz", "wide letters are letters"
    for name in ("zo\u0336rp", "zo\u0301\u0302\u0303rp"):
        with pytest.raises(NotAName, match="is no name for an embedding"):
            checked_name(name)
    for name in ("z\u043erp", "z\u03bfrp"):
        with pytest.raises(NotAName, match="alphabets whose letters look alike"):
            checked_name(name)
    assert checked_name("zorp赤丸") == "zorp赤丸"


def test_every_word_of_the_lists_is_refused() -> None:
    for name, least in (("prompt_words.txt", 250), ("everyday_words.txt", 2000)):
        lines = (Path(tasks.__file__).parent / name).read_text(encoding="utf-8").splitlines()
        words = [word for line in lines if not line.startswith("#") for word in line.split()]
        assert len(words) > least
        assert all(word == word.lower() for word in words)
