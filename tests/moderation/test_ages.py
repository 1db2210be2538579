from __future__ import annotations

import pytest

from moderation.ages import find_age_under_18
from moderation.reading import readings


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a girl, 12 years old", "12 years old"),
        ("a girl of 1 year of age", "1 year of age"),
        ("12yo", "12yo"),
        ("seventeen yrs old", "seventeen yrs old"),
        ("age 13", "age 13"),
        ("she is 9", "she is 9"),
        ("he's eleven", "he s eleven"),
        ("a girl, 13 years", "13 years"),
        ("ein Mädchen, 12 Jahre", "12 jahre"),
        ("aged fifteen", "aged fifteen"),
        ("under 18", "under 18"),
        ("younger than eighteen", "younger than eighteen"),
        ("12 Jahre alt", "12 jahre alt"),
        ("15-jähriges Kind", "15 jahriges"),
        ("im Alter von 9", "im alter von 9"),
        ("12 ans", "12 ans"),
        ("14 años", "14 anos"),
        ("12歳", "12 歳"),
    ],
)
def test_ages_under_18_are_found_as_they_were_read(written: str, read: str) -> None:
    assert find_age_under_18(readings(written)) == read


@pytest.mark.parametrize(
    "written", ["18 years old", "112 years old", "25yo", "age 18", "under 181", "12 trees", "20歳", ""]
)
def test_other_numbers_are_none(written: str) -> None:
    assert find_age_under_18(readings(written)) is None


@pytest.mark.parametrize(
    "written", ["she is 5 feet tall", "he is one with the sea", "she is one of us", "12 years of peace"]
)
def test_what_is_counted_otherwise_is_none(written: str) -> None:
    assert find_age_under_18(readings(written)) is None
