"""The pictures of the README, drawn by the checkpoint that ships: `python -m pocket.readme_pictures`.

The sheet of captions is none of them; `python -m pocket.checkpoint.evaluate --grid` draws it.
"""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from pocket.painter import SEED, SIDE, Painter, blob_of, good_task, new_painter, recipe_of
from storage.noise import Noise
from storage.sizes import Margins
from tasks.edit import edit_task
from tasks.outpaint import outpainting

_ROOT = Path(__file__).parent.parent
_EDITS, _OUTPAINTED = _ROOT / "docs" / "edits.png", _ROOT / "pocket" / "outpainted.png"
_BOAT, _HEART = "a red boat over the sea", "a pink heart in the desert"
_EDITED = ("a yellow boat over the sea", "a red boat in the snow")
_GROWN = Margins(left=SIDE // 2, right=SIDE // 2, up=SIDE // 4, down=SIDE // 4)


def strip(pngs: Sequence[bytes], gap: int) -> Image.Image:
    """Put pictures beside each other, `gap` pixels apart, on white; lower ones stand halfway up."""
    pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png in pngs]
    width = sum(picture.width for picture in pictures) + gap * (len(pictures) - 1)
    whole = Image.new("RGB", (width, max(picture.height for picture in pictures)), "white")
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, (whole.height - picture.height) // 2))
        left += picture.width + gap
    return whole


def edits(painter: Painter) -> Image.Image:
    """Draw a boat, the same in another colour, and the same somewhere else."""
    boat = painter.draw(good_task(_BOAT))
    pictures, like, noise = [boat], recipe_of(boat), Noise(seed=SEED)
    for prompt in _EDITED:
        told = like.model_copy(update={"prompt": prompt})
        pictures.append(painter.draw(edit_task(told, blob_of(boat), (SIDE, SIDE), _BOAT, SIDE, noise)))
    return strip([painter.twice(each) for each in pictures], 16)


def outpainted(painter: Painter) -> Image.Image:
    """Draw two pictures, each before and after it grew on all sides."""
    pictures = []
    for prompt in (_BOAT, _HEART):
        picture = painter.draw(good_task(prompt))
        like, noise = recipe_of(picture), Noise(seed=SEED)
        grown = outpainting(like, blob_of(picture), (SIDE, SIDE), _GROWN, SIDE, noise)
        pictures += [picture, painter.draw(grown)]
    return strip([painter.png(each) for each in pictures], 8)


def main() -> None:
    """Draw all of them."""
    with new_painter() as painter:
        edits(painter).save(_EDITS, optimize=True)
        outpainted(painter).save(_OUTPAINTED, optimize=True)


if __name__ == "__main__":
    main()
