from __future__ import annotations

import pytest

from moderation.names.short import shortened


@pytest.mark.parametrize(
    ("written", "short"),
    [
        ("Robert Pattinson", "rob pattinson"),
        ("Leonardo DiCaprio", "leo dicaprio"),
        ("Mike Tyson", "michael tyson"),
        ("Robert Downey Jr.", "rob downey jr."),
    ],
)
def test_a_first_name_is_called_otherwise(written: str, short: str) -> None:
    assert short in set(shortened(written))


@pytest.mark.parametrize(
    "written", ["Michael Jordan", "Robert Smith", "Robert Plant", "Zendaya", "Xi Jinping"]
)
def test_frequent_surnames_words_and_other_first_names_stay_as_they_are(written: str) -> None:
    assert list(shortened(written)) == []
