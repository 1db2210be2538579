from __future__ import annotations

import pytest

from moderation.names.blended import Blended

KNOWN = Blended([(1, ("idris", "elba")), (2, ("natalie", "portman")), (3, ("kit", "harington"))])


@pytest.mark.parametrize(
    ("first", "last", "owner"),
    [
        ("idristopher", "elbahemsworth", 1),
        ("chridris", "hemselba", 1),
        ("natalison", "portmanson", None),
        ("scarnatalie", "portmahansson", 2),
        ("natalie", "portmanbieber", 2),
        ("kitalie", "haringtonportman", None),
        ("idris", "elba", None),
        ("idris", "elbow", None),
        ("kitchen", "haringtonportman", None),
        ("natalie", "important", None),
    ],
)
def test_names_are_known_though_blended_with_others(first: str, last: str, owner: int | None) -> None:
    assert KNOWN.owner(first, last) == owner
    assert owner is None or KNOWN.lasts(first) & KNOWN.last(last)
