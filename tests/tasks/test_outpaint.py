"""How pictures grow, and the tasks that come of it."""

from __future__ import annotations

import pytest

from storage.noise import Noise
from storage.sizes import Margins
from storage.starts import HeadRoom, Outpaint
from tasks.outpaint import Growth, NothingToPaint, outpainting, squared_up, zoomed_out
from tasks.presets import Imagination
from tests.conftest import a_job, imagined


def test_each_choice_is_so_many_pixels() -> None:
    size = (192, 128)
    assert Growth.LEFT.margins(size) == Margins(left=96)
    assert Growth.DOWN.margins(size) == Margins(down=64)
    assert Growth.ZOOM_A_LITTLE.margins(size) == Margins(left=48, up=32, right=48, down=32)
    assert Growth.ZOOM_A_LOT.margins((101, 65)) == Margins(left=50, up=32, right=51, down=33)
    assert Growth.SQUARE.margins(size) == Margins(up=32, down=32)
    assert Growth.HEAD_ROOM.margins(size) is None
    with pytest.raises(NothingToPaint, match="square already"):
        squared_up((96, 96))
    with pytest.raises(NothingToPaint, match="factor above 1"):
        zoomed_out((96, 96), 1)


def test_scenery_is_painted_in_pieces_that_a_checkpoint_can_draw() -> None:
    like = imagined(a_job())
    wide = outpainting(like, "ab" * 32, (500, 100), Margins(up=20), 128, Noise(seed=1))
    assert (wide.width, wide.height) == (192, 128)
    assert wide.guidance_scale < like.guidance_scale
    head = outpainting(like, "ab" * 32, (500, 100), None, 128, Noise(seed=1))
    above = outpainting(wide, "cd" * 32, (500, 100), None, 128, Noise(seed=1))
    assert above.guidance_scale == Imagination.BALANCED.guidance_scale, "not what was right for scenery"
    assert (head.width, head.height, head.guidance_scale) == (128, 128, like.guidance_scale)
    assert head.start == HeadRoom(image="ab" * 32, strength=1)
    assert wide.start == Outpaint(image="ab" * 32, strength=0.5, margins=Margins(up=20))
