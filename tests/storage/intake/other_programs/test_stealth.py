from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from storage.intake.decoded import Decoded
from storage.intake.formats import decode
from storage.intake.other_programs.stealth import hidden_text
from tests.storage.intake.other_programs.files import hidden

KINDS = [b"stealth_pnginfo", b"stealth_pngcomp", b"stealth_rgbinfo", b"stealth_rgbcomp"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(96, 64), (64, 96), (61, 67)])
def test_what_is_hidden_is_found(kind: bytes, size: tuple[int, int]) -> None:
    text = "a café, 海 " * 5
    assert hidden_text(decode(hidden(text, kind, size), "picture")) == text


def test_a_picture_that_hides_nothing_has_none() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    assert hidden_text(Decoded(Image.new("RGB", (40, 40)), Image.fromarray(noise))) is None
    assert hidden_text(Decoded(Image.new("L", (8, 8)))) is None


@pytest.mark.parametrize("count", [0, 2**32 - 1, 800])
def test_a_length_that_makes_no_sense_gives_nothing_or_what_is_there(count: int) -> None:
    picture = decode(hidden("abc", b"stealth_pngcomp"), "picture")
    assert picture.alpha is not None
    bits = np.array(picture.alpha).T.reshape(-1).copy()
    bits[15 * 8 : 19 * 8] = 254 | np.unpackbits(np.frombuffer(count.to_bytes(4, "big"), np.uint8))
    alpha = Image.fromarray(np.ascontiguousarray(bits.reshape(96, 64).T))
    assert hidden_text(Decoded(picture.colours, alpha)) == ("abc" if count == 800 else None)
