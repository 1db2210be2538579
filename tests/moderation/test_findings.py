from __future__ import annotations

import pytest

from moderation.findings import is_of_pocket_world


@pytest.mark.parametrize("checkpoint", ["pocket", "pocket-2", "pocket-xl"])
def test_pocket_and_those_named_after_it_draw_the_pocket_world(checkpoint: str) -> None:
    assert is_of_pocket_world(checkpoint)


@pytest.mark.parametrize("checkpoint", ["", "pockets", "my-pocket", "Pocket", "sd-1-5"])
def test_others_do_not(checkpoint: str) -> None:
    assert not is_of_pocket_world(checkpoint)
