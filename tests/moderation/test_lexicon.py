from __future__ import annotations

import pytest

from moderation.lexicon import terms


@pytest.mark.parametrize("name", ["sexual", "suggestive", "minors", "adults", "innocent", "numbers"])
def test_lists_hold_each_term_once(name: str) -> None:
    listed = terms(name)
    assert listed
    assert len(listed) == len(set(listed))
    assert all(term == term.strip() for term in listed)
