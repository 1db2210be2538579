"""Sheets: the same captions for every checkpoint, six rows of six of them, at twice the size."""

import numpy as np
import pytest

from pocket.measures import sheet as sheets
from pocket.world.known import KNOWN


def test_captions_are_the_same_for_every_checkpoint_and_of_all_kinds() -> None:
    captions = sheets.captions_of_sheet(1)
    assert captions == sheets.captions_of_sheet(1)
    assert captions != sheets.captions_of_sheet(2)
    assert len(captions) == 36
    assert captions[0] == "a red circle"
    names = [name for known in KNOWN.values() for name in (known.name, *known.nicknames)]
    assert all(any(name in text for name in names) for text in captions[30:])
    assert all(any(word in text for word in ("portrait", "face", "close up")) for text in captions[24:30])


def test_pictures_stand_over_their_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = np.arange(36, dtype=np.uint8)[:, None, None, None] * 7
    monkeypatch.setattr(sheets, "render", lambda *_: np.broadcast_to(colours, (36, 128, 128, 3)).copy())
    whole = np.asarray(sheets.sheet(None, 1))
    assert whole.shape[1] == 6 * 256
    down = whole.shape[0] // 6
    for i in range(36):
        y, x = i // 6 * down, i % 6 * 256
        assert (whole[y : y + 256, x : x + 256] == i * 7).all()
        assert (whole[y + 256 : y + down, x : x + 256] < 128).any()
