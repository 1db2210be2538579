from __future__ import annotations

import pytest

from moderation.names.sounded_out import sounded_out


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("テイラー・スウィフト", ["teira", "suwifuto"]),
        ("マイケル・ジャクソン", ["maikeru", "jakuson"]),
        ("フローレンス・ピュー", ["furorensu", "pyu"]),
        ("ウィンストン・チャーチル", ["winsuton", "chachiru"]),
        ("Джонни Депп", ["dzhoni", "dep"]),
    ],
)
def test_a_full_name_is_sounded_out_with_doubled_letters_once(written: str, read: list[str]) -> None:
    assert list(sounded_out(written)) == read


@pytest.mark.parametrize("written", ["Johnny Depp", "バイデン", "テイラーSwift Jr", "艾玛·沃森", "엠마 왓슨"])
def test_one_word_and_other_letters_are_left_alone(written: str) -> None:
    assert list(sounded_out(written)) == []
