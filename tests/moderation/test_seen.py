from __future__ import annotations

from moderation.seen import NOTHING, Written


def test_lines_are_one_text_so_that_a_name_may_go_on_in_the_next() -> None:
    assert Written(("Taylor", "Swift")).text == "Taylor Swift"
    assert NOTHING.text == ""
