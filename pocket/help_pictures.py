"""The pictures of `/help`, drawn by the checkpoint that ships: `python -m pocket.help_pictures`."""

import io

from PIL import Image, ImageFilter

from bot.commands.help import FOLDER, Topic
from bot.contact_sheet import contact_sheet
from pocket.painter import SEED, SIDE, Painter, blob_of, good_task, new_painter, recipe_of
from storage.jobs import Imagine
from storage.noise import Noise
from storage.starts import WordMask
from tasks.edit import edit_task
from tasks.outpaint import Growth, outpainting
from tasks.presets import Distance, usual_task
from tasks.vary import varied

SEA = "a red boat over the sea"
SAME_SEED = 33
"""What shows that prompts differ and a seed does not: with it a house stands alone, whatever its colour."""


def _with_same_seed(prompt: str) -> Imagine:
    return usual_task(prompt, (1, 1), SIDE).model_copy(update={"noises": (Noise(seed=SAME_SEED),)})


def _covered(png: bytes) -> bytes:
    """Give a picture as Discord covers it."""
    with Image.open(io.BytesIO(png)) as opened:
        covered = opened.convert("RGB").filter(ImageFilter.GaussianBlur(opened.width / 8))
    written = io.BytesIO()
    covered.save(written, "PNG")
    return written.getvalue()


def sheets(painter: Painter) -> dict[Topic, list[bytes]]:
    """Draw the pictures of each topic."""
    boat = painter.draw(good_task(SEA))
    recipe, noise = recipe_of(boat), Noise(seed=SEED)
    near = [varied(good_task(SEA), recipe.noise, distance) for distance in Distance]
    zoomed = outpainting(
        recipe, blob_of(boat), (SIDE, SIDE), Growth.ZOOM_A_LITTLE.margins((SIDE, SIDE)), SIDE, noise
    )
    yellow = recipe.model_copy(update={"prompt": SEA.replace("red", "yellow")})
    edited = edit_task(yellow, blob_of(boat), (SIDE, SIDE), SEA, SIDE, recipe.noise)
    start = WordMask(image=blob_of(boat), mask_words="the boat", strength=1.0)
    masked = good_task(SEA.replace("boat", "heart")).model_copy(update={"start": start})
    drawn = {
        Topic.PICTURES: [painter.draw(good_task(prompt)) for prompt in Topic.PICTURES.prompts],
        Topic.WORDS: [painter.draw(_with_same_seed(prompt)) for prompt in Topic.WORDS.prompts],
        Topic.BUTTONS: [boat, *map(painter.draw, near), painter.draw(zoomed)],
        Topic.OWN: [boat, painter.draw(edited), painter.draw(masked)],
    }
    found = {topic: [painter.twice(each) for each in pictures] for topic, pictures in drawn.items()}
    return found | {Topic.PRIVACY: [painter.twice(boat), _covered(painter.twice(boat))]}


def main() -> None:
    """Draw all sheets."""
    with new_painter() as painter:
        found = sheets(painter)
    for topic, pictures in found.items():
        with Image.open(io.BytesIO(contact_sheet(pictures, None))) as sheet:
            sheet.convert("RGB").save(FOLDER / f"{topic}.jpg", quality=88)


if __name__ == "__main__":
    main()
