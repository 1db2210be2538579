"""Pictures that members attach to `/imagine`, and what the channel gets to see."""

from __future__ import annotations

import asyncio
import io
import time

import numpy as np
import pytest
from PIL import Image

import bot.attachments
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene, Thing
from storage.intake import LARGEST_FILE
from storage.recipe import sampled
from storage.recipe_file import read_recipe
from storage.records.jobs import RowState
from tests.bot.conftest import PATIENCE, Chat, is_result, opened, settled
from tests.discord_emulator.actors import ClientRefusal, Upload

SEA = Image.fromarray(draw(Scene("sea", (Thing("circle", "red", "centre", "big"),)), 1).pixels)
BARE = Image.fromarray(draw(Scene("sea", (), (Figure("woman", "bare", "waving", "left", "big"),)), 1).pixels)
QUICK = {"count": 1, "quality": "draft", "seed": 1}


def upload(image: Image.Image, name: str = "scene.png", kind: str = "PNG") -> Upload:
    file = io.BytesIO()
    image.save(file, kind)
    return Upload(name, file.getvalue())


def a_mask(value: int = 255, size: tuple[int, int] = (128, 128)) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(value, (30, 30, 100, 100))
    return mask


async def test_a_photo_with_the_wrong_name_becomes_a_picture_of_its_shape(chat: Chat) -> None:
    photo = upload(SEA.resize((300, 200)), "holiday.txt", "JPEG")
    posted = await chat.imagine("a blue circle over the sea", image=photo, strength=0.5, **QUICK)
    assert "144×96" in posted.content
    assert opened(posted.attachments[0]).size == (144, 96)
    assert "strength 0.5" in posted.content
    recipe = sampled(read_recipe(posted.attachments[0].content))
    assert recipe is not None
    assert recipe.start is not None
    assert recipe.start.strength == 0.5
    assert (await settled(chat, RowState.POSTED)).credits == 1


async def test_only_the_masked_part_changes_and_rerolls_keep_the_rest_too(chat: Chat) -> None:
    posted = await chat.imagine("a blue star over the sea", image=upload(SEA), mask=upload(a_mask()), **QUICK)
    assert "masked part at 128×128" in posted.content
    assert "strength 1" in posted.content
    run = await chat.ada.press(posted, "Reroll")
    again = await run.message(lambda message: is_result(message) and message is not posted, within=PATIENCE)
    outside = np.asarray(a_mask()) == 0
    for message in (posted, again):
        made = np.asarray(opened(message.attachments[0]))
        assert (made[outside] == np.asarray(SEA)[outside]).all()
        assert not (made[~outside] == np.asarray(SEA)[~outside]).all()


async def test_words_say_what_shall_change(chat: Chat) -> None:
    posted = await chat.imagine(
        "a blue star over the sea", image=upload(SEA), mask_words="the circle", **QUICK
    )
    assert "masked part" in posted.content
    made, sea = np.asarray(opened(posted.attachments[0])).astype(int), np.asarray(SEA).astype(int)
    changed = (made != sea).any(2)
    circle = draw(Scene("sea", (Thing("circle", "red", "centre", "big"),)), 1).annotations[0].mask
    assert changed[circle].mean() > 0.9
    assert changed[~circle].mean() < 0.15
    red = made[circle][:, 0] > made[circle][:, 2] + 60
    assert red.mean() < 0.5, "it was red all over"


async def test_words_for_nothing_in_the_picture_cost_nothing(chat: Chat) -> None:
    run = await chat.ada.command(
        chat.channel, "imagine", prompt="a star", image=upload(SEA), mask_words="a unicorn", **QUICK
    )
    told = await run.message(lambda message: "unicorn" in message.content, within=PATIENCE)
    assert "could not find" in told.content
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    assert record.credits == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"image": Upload("photo.png", b"MZ, a program")}, "no picture"),
        ({"image": Upload("photo.png", upload(SEA).content[:900])}, "cut off or damaged"),
        ({"image": upload(SEA.resize((1, 1)))}, "only 1 x 1 pixels"),
        ({"image": upload(Image.new("1", (5000, 5000)))}, "20 megapixels"),
        ({"image": upload(SEA), "mask": upload(a_mask(size=(64, 64)))}, "send a mask of the picture's size"),
        ({"image": upload(SEA), "mask": upload(a_mask(0))}, "black all over"),
        ({"mask": upload(a_mask())}, "attach it as `image`"),
        ({"mask_words": "the sky"}, "attach it as `image`"),
        ({"image": upload(SEA), "mask_words": "the sky", "mask": upload(a_mask())}, "leave out one of them"),
        ({"image": upload(SEA), "mask_words": "naked breasts"}, "nudity or sex"),
        ({"strength": 0.5}, "attach it as `image`"),
    ],
    ids=[
        *("program", "truncated", "1 x 1", "large", "other size", "empty mask", "no picture", "no picture 2"),
        *("mask and words", "blocked words", "only strength"),
    ],
)
async def test_what_cannot_be_used_is_told_to_the_member_alone(
    chat: Chat, options: dict[str, object], said: str
) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", **options)
    told = await run.message(lambda message: message.ephemeral and not message.loading)
    assert said in told.content
    assert told.content.endswith(".")
    assert chat.channel.messages == []
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


async def test_a_heavy_file_is_not_even_fetched(chat: Chat) -> None:
    chat.discord.world.upload_limit = 2 * LARGEST_FILE
    heavy = Upload("photo.png", bytes(LARGEST_FILE + 1))
    with chat.discord.hold("GET /cdn"):
        run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", image=heavy)
        told = await run.message(lambda message: message.ephemeral and not message.loading)
    assert "12 MB" in told.content


async def test_the_client_refuses_a_strength_of_nothing(chat: Chat) -> None:
    for strength in (0.0, 1.5, -1.0):
        with pytest.raises(ClientRefusal):
            await chat.ada.command(
                chat.channel, "imagine", prompt="a tree", image=upload(SEA), strength=strength
            )


@pytest.mark.slow
async def test_a_slow_download_is_promised_first(chat: Chat) -> None:
    with chat.discord.slow("GET /cdn", 3.5):
        run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", image=upload(SEA), **QUICK)
        await run.response()
        assert await run.message(is_result, within=PATIENCE)


@pytest.mark.parametrize("weather", ["gone", "broken", "endless"])
async def test_a_picture_that_discord_does_not_hand_over_is_a_sentence(
    chat: Chat, weather: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.attachments, "_PATIENCE", 0.5)
    if weather != "endless":
        chat.discord.fail_next(9, status=404 if weather == "gone" else 503, route="GET /cdn")
    with chat.discord.slow("GET /cdn", 2.0 if weather == "endless" else 0.0):
        run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", image=upload(SEA))
        told = await run.message(lambda message: message.ephemeral and not message.loading)
    assert "send it again" in told.content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


async def test_a_picture_that_the_policy_forbids_is_not_used_and_nobody_is_blamed(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", image=upload(BARE), **QUICK)
    said = await run.message(lambda message: "held against you" in message.content, within=PATIENCE)
    assert said.content.endswith("It cost you nothing.")
    assert said.attachments == []
    record = await settled(chat, RowState.TOLD)
    assert record.credits == 0


@pytest.mark.slow
async def test_heavy_pictures_hold_up_nobody(chat: Chat) -> None:
    """Eight at once, and somebody who wants an answer meanwhile has it as quickly as ever."""
    heavy = upload(SEA.resize((4000, 4000)), "photo.jpg", "JPEG")
    for _ in range(8):
        await chat.ben.command(chat.channel, "imagine", prompt="a tree", image=heavy, **QUICK)
    waited: list[float] = []
    while len(await chat.studio.jobs.of_member(chat.ben.id)) < 8:
        asked = time.monotonic()
        await (await chat.ada.command(chat.channel, "jobs")).response(within=3)
        waited.append(time.monotonic() - asked)
        await asyncio.sleep(0.1)
        assert sum(waited) + 0.1 * len(waited) < PATIENCE
    assert len(waited) > 5, "there was something to wait for"
    assert sorted(waited)[len(waited) // 2] < 1
