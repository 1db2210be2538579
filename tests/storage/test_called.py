"""A name is found however it is written."""

from __future__ import annotations

import pytest

from storage.called import called, named_in

NAMES = {"add_detail(v2)", "styles/Ink", "other/ink", "sketch v1.5 [final]", "21charturnerv2", "v1.2"}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("add_detail(v2)", "add_detail(v2)"),
        ("Add_Detail(V2)", "add_detail(v2)"),
        (" sketch v1.5  [final] ", "sketch v1.5 [final]"),
        ("21charturnerv2.pt", "21charturnerv2"),
        ("21CharTurnerV2.SAFETENSORS", "21charturnerv2"),
        ("styles\\ink", "styles/Ink"),
        ("ink", "other/ink"),
        ("elsewhere/v1.2", "v1.2"),
        ("v1", None),
        ("v1.2.3", None),
        ("", None),
    ],
)
def test_what_is_meant_is_found(asked: str, meant: str | None) -> None:
    assert called(asked, NAMES) == meant


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("a Zorbo on a hill", {"zorbo"}),
        ("(zorbo:1.2) and [<Ink_Wash>:cat:0.5]", {"zorbo", "ink_wash"}),
        ("a zorbo-like cat, zorbos, zorbo.safetensors", set()),
        ("a <zorbo.pt> in the rain", {"zorbo"}),
        ("<lora:zorbo:1> a cat", set()),
        ("an \\(ink_wash\\) AND a cat", {"ink_wash"}),
    ],
)
def test_embeddings_are_found_in_prompts(prompt: str, named: set[str]) -> None:
    assert named_in(prompt, {"zorbo", "ink_wash"}) == named
    assert named_in(prompt, ()) == set()


def test_letters_of_all_scripts_end_no_word_before_their_marks() -> None:
    names = {"परी", "पर"}
    assert named_in("एक परी, (<पर>:1.2)", names) == names
    assert named_in("एक परीक्षा", names) == set()


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("赤いzorboの家", {"zorbo"}),
        ("Zorboとツォルボ", {"zorbo", "ツォルボ"}),
        ("海のツォルボさん", {"ツォルボ"}),
        ("ツォルボット、丸赤丸、zorbosの", set()),
        ("赤丸の家", {"赤丸"}),
    ],
)
def test_in_japanese_a_word_ends_where_letters_of_another_kind_begin(prompt: str, named: set[str]) -> None:
    assert named_in(prompt, {"zorbo", "ツォルボ", "赤丸"}) == named
