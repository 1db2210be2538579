"""A farm that draws pictures to be shown, with a checkpoint that ships."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from commands.farm import farm
from commands.rendering import render
from moderation.policy import SFW
from storage.blobs import Blobs
from storage.events import Picture
from storage.jobs import Imagine, Task
from storage.noise import Noise
from storage.recipe import Recipe
from storage.settings import Settings
from tasks.presets import usual_task
from tasks.upscale import larger

CHECKPOINT, SIDE, SEED = "pocket", 128, 7
_TRIED = 2


class Painter:
    """Draws with a farm, and makes what it drew large enough to be looked at."""

    def __init__(self, connection: redis.Redis, blobs: Blobs) -> None:
        self._connection, self._blobs = connection, blobs

    def draw(self, task: Task) -> Picture:
        """Draw the first picture of a task."""
        return render(self._connection, task, CHECKPOINT, SFW).pictures[0]

    def png(self, picture: Picture) -> bytes:
        """Give a picture as it is."""
        return self._blobs.get(blob_of(picture))

    def twice(self, picture: Picture) -> bytes:
        """Give a picture, twice as large."""
        return self.png(self.draw(larger(blob_of(picture), 2, picture.recipe)))


def blob_of(picture: Picture) -> str:
    """Say where a picture lies."""
    assert picture.blob is not None, "what is asked for here may be seen by everybody"
    return picture.blob


def recipe_of(picture: Picture) -> Recipe:
    """Give the recipe of a picture that was drawn from words."""
    recipe = picture.recipe
    assert not isinstance(recipe, bytes)
    assert recipe.kind == "imagine"
    return recipe


def good_task(prompt: str) -> Imagine:
    """Build the task of drawing the better one of two."""
    noises = tuple(Noise(seed=SEED + each) for each in range(_TRIED))
    return usual_task(prompt, (1, 1), SIDE).model_copy(update={"noises": noises, "best": 1})


@contextmanager
def new_painter() -> Iterator[Painter]:
    """Open a farm in a folder of its own, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        with farm(settings, CHECKPOINT, []) as (connection, _):
            yield Painter(connection, Blobs.open(settings))
