"""The pictures of `/help`, drawn by the checkpoint that ships: `python -m pocket.help_pictures`."""

import io
import tempfile
from pathlib import Path

import redis
from PIL import Image, ImageFilter

from bot.commands.help import FOLDER, Topic
from bot.contact_sheet import contact_sheet
from commands.farm import farm
from commands.rendering import render
from moderation.policy import SFW
from storage.blobs import Blobs
from storage.events import Picture
from storage.jobs import Imagine, Task
from storage.noise import Noise
from storage.settings import Settings
from storage.starts import WordMask
from tasks.edit import edit_task
from tasks.outpaint import Growth, outpainting
from tasks.presets import Distance, usual_task
from tasks.upscale import larger
from tasks.vary import varied

CHECKPOINT, SIDE, SEED = "pocket", 128, 7
SEA = "a red boat over the sea"
SAME_SEED = 33
"""What shows that prompts differ and a seed does not: with it a house stands alone, whatever its colour."""
_TRIED = 2


class _Painter:
    """Draws with a farm, and makes what it drew large enough for a sheet."""

    def __init__(self, connection: redis.Redis, blobs: Blobs) -> None:
        self._connection, self._blobs = connection, blobs

    def draw(self, task: Task) -> Picture:
        """Draw the first picture of a task."""
        return render(self._connection, task, CHECKPOINT, SFW).pictures[0]

    def png(self, picture: Picture) -> bytes:
        """Give a picture, twice as large."""
        enlarged = self.draw(larger(_blob(picture), 2, picture.recipe))
        return self._blobs.get(_blob(enlarged))


def _blob(picture: Picture) -> str:
    assert picture.blob is not None, "what is asked for here may be seen by everybody"
    return picture.blob


def _task(prompt: str) -> Imagine:
    noises = tuple(Noise(seed=SEED + each) for each in range(_TRIED))
    return usual_task(prompt, (1, 1), SIDE).model_copy(update={"noises": noises, "best": 1})


def _with_same_seed(prompt: str) -> Imagine:
    return usual_task(prompt, (1, 1), SIDE).model_copy(update={"noises": (Noise(seed=SAME_SEED),)})


def _covered(png: bytes) -> bytes:
    """Give a picture as Discord covers it."""
    with Image.open(io.BytesIO(png)) as opened:
        covered = opened.convert("RGB").filter(ImageFilter.GaussianBlur(opened.width / 8))
    written = io.BytesIO()
    covered.save(written, "PNG")
    return written.getvalue()


def sheets(painter: _Painter) -> dict[Topic, list[bytes]]:
    """Draw the pictures of each topic."""
    boat = painter.draw(_task(SEA))
    recipe, noise = boat.recipe, Noise(seed=SEED)
    assert not isinstance(recipe, bytes)
    assert recipe.kind == "imagine"
    near = [varied(_task(SEA), recipe.noise, distance) for distance in Distance]
    zoomed = outpainting(
        recipe, _blob(boat), (SIDE, SIDE), Growth.ZOOM_A_LITTLE.margins((SIDE, SIDE)), SIDE, noise
    )
    yellow = recipe.model_copy(update={"prompt": SEA.replace("red", "yellow")})
    edited = edit_task(yellow, _blob(boat), (SIDE, SIDE), SEA, SIDE, recipe.noise)
    start = WordMask(image=_blob(boat), mask_words="the boat", strength=1.0)
    masked = _task(SEA.replace("boat", "heart")).model_copy(update={"start": start})
    drawn = {
        Topic.PICTURES: [painter.draw(_task(prompt)) for prompt in Topic.PICTURES.prompts],
        Topic.WORDS: [painter.draw(_with_same_seed(prompt)) for prompt in Topic.WORDS.prompts],
        Topic.BUTTONS: [boat, *map(painter.draw, near), painter.draw(zoomed)],
        Topic.OWN: [boat, painter.draw(edited), painter.draw(masked)],
    }
    found = {topic: [painter.png(each) for each in pictures] for topic, pictures in drawn.items()}
    return found | {Topic.PRIVACY: [painter.png(boat), _covered(painter.png(boat))]}


def main() -> None:
    """Draw all sheets."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        with farm(settings, CHECKPOINT) as (connection, _):
            found = sheets(_Painter(connection, Blobs.open(settings)))
    for topic, pictures in found.items():
        with Image.open(io.BytesIO(contact_sheet(pictures, None))) as sheet:
            sheet.convert("RGB").save(FOLDER / f"{topic}.jpg", quality=88)


if __name__ == "__main__":
    main()
