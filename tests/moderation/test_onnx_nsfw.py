"""What the witness is shown and what its answer means, with an answer that is made up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from moderation.onnx_nsfw import OpenNsfw


class Session:
    """Gives every picture the same score, and remembers what it was shown."""

    shown: NDArray[np.float32]

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="pixels")]

    def run(self, _: None, inputs: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        self.shown = inputs["pixels"]
        return [np.array([[0.75, 0.25]], np.float32)]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
@pytest.mark.parametrize("size", [(1, 1), (900, 30), (256, 256)])
def test_any_picture_is_shown_as_a_square_in_blue_green_red(mode: str, size: tuple[int, int]) -> None:
    session: Any = Session()
    assert OpenNsfw(session).score(Image.new("RGB", size, (200, 100, 50)).convert(mode)) == 0.25
    assert (session.shown.shape, session.shown.dtype) == ((1, 224, 224, 3), np.float32)
    if mode == "RGB":
        blue, green, red = session.shown[0].mean((0, 1))
        assert (blue, green, red) == pytest.approx((50 - 104, 100 - 117, 200 - 123), abs=2)
