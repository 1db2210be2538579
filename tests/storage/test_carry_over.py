import pytest

from storage.carry_over import Likeness


@pytest.mark.parametrize(
    ("before", "after", "is_enough"), [(0.8, 0.8, True), (0.8, 0.7, False), (0.4, 0.37, True), (0, 0, False)]
)
def test_a_word_has_to_keep_most_of_its_likeness(before: float, after: float, is_enough: bool) -> None:
    assert Likeness(before=before, after=after).is_enough == is_enough
