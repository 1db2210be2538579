from __future__ import annotations

import pytest

from moderation.persons import is_worn_by_grown
from moderation.reading import Reading
from moderation.sense import Senses

GARMENTS, MINORS, GROWN = Senses("garments"), Senses("minors"), Senses("grown")


@pytest.mark.parametrize(
    ("text", "grown"),
    [
        ("a mother in a bikini with her baby", True),
        ("a baby with her mother in a bikini", True),
        ("bikini on a woman, children behind her", True),
        ("a teen in a bikini", False),
        ("bikini, teen", False),
        ("bikini", False),
    ],
)
def test_clothes_are_said_of_the_person_that_is_nearest(text: str, grown: bool) -> None:
    worn = next(GARMENTS.matches(Reading(text)))
    assert is_worn_by_grown(worn, MINORS, GROWN) is grown
