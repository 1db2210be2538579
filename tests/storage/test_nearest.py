"""Lists of names that fit a sentence, however many there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.nearest import nearest


def test_a_few_names_are_all_said() -> None:
    assert nearest("ink", []) == "none"
    assert nearest("ink", ["pen"]) == "pen"
    assert nearest("ink", ["pen", "ink-2"], show="`{}`".format) == "`ink-2` and `pen`"


def test_of_many_the_nearest_are_said_and_the_rest_are_counted() -> None:
    names = [f"style-{number}" for number in range(150)] + ["watercolour"]
    said = nearest("watercolor", names)
    assert said.startswith("watercolour, ")
    assert said.endswith(" and 146 more")


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=300), max_size=200))
def test_a_list_is_never_long(asked: str, names: list[str]) -> None:
    assert len(nearest(asked, names)) <= 5 * 62 + 20
