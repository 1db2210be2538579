"""Which words of a prompt matter, as a picture: the redder the more, and faint what can be left out."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from bot.weight_strip import Page, colour_of
from storage.events import Association


def heat_strip(words: Sequence[Association], missing: Sequence[bool]) -> Image.Image:
    """Draw the words of a prompt, each on the colour of its effect against the greatest one: RGB.

    `missing` says of each whether it is left out.
    """
    page, most = Page(), max((word.agreement for word in words), default=0.0)
    for word, is_out in zip(words, missing, strict=True):
        share = word.agreement / most if most > 0 else 0.0
        page.word(word.phrase, None if is_out else colour_of(1 + share))
    return page.picture()
