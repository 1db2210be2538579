"""The Redraw button under a picture, and "Redraw with Darkroom" in the menu of a message."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from moderation.policy import NSFW
from storage.intake import LARGEST_FILE
from storage.recipe import sampled
from storage.recipe_file import read_recipe
from storage.records.jobs import JobRecord
from tests.bot.actions.test_upscale import is_larger
from tests.bot.conftest import PATIENCE, Chat, eventually, is_picture, is_result, opened
from tests.bot.test_attachments import BARE, SEA, a_mask, upload
from tests.discord_emulator.actors import ClientRefusal, Upload
from tests.discord_emulator.interactions import InteractionRun
from tests.discord_emulator.messages import Message

MENU = "Redraw with Darkroom"
BLUE = "a blue circle over the sea"


async def form_of(opening: InteractionRun) -> dict[str, str]:
    """What stands in each field of the form that opens."""
    run = await opening.response()
    assert run.modal is not None, run.report()
    return {each["label"]: each["component"].get("value", "") for each in run.modal["components"]}


async def told(run: InteractionRun) -> str:
    """What a member, and nobody else, is told."""
    message = await run.message(lambda message: message.ephemeral and not message.loading)
    return message.content


async def only_job(chat: Chat, member: Any) -> JobRecord:
    (record,) = await chat.studio.jobs.of_member(member.id)
    return record


def pixels(message: Message) -> np.ndarray[Any, Any]:
    return np.asarray(opened(message.attachments[0])).astype(int)


async def test_a_picture_is_edited_by_anyone_and_links_back(chat: Chat) -> None:
    parent = await chat.imagine(count=1, seed=4, quality="draft")
    opening = await chat.ben.press(parent, "Redraw")
    assert await form_of(opening) == {
        "Prompt": "a red circle over the sea",
        "What shall change": "",
        "Strength": "",
        "Mask": "",
    }
    run = await chat.ben.submit_modal(opening, {"Prompt": BLUE, "Strength": "0,6"})
    posted = await run.message(is_result, within=PATIENCE)
    for words in (BLUE, "strength 0.6", "20 steps", chat.ben.mention, f"/{parent.id}"):
        assert words in posted.content
    assert "Cancel" in str(posted.versions)
    assert posted is not parent
    assert "U4" in posted.labels
    record = await only_job(chat, chat.ben)
    before = sampled(read_recipe(parent.attachments[0].content))
    after = sampled(record.pictures[0].recipe)
    assert before is not None
    assert after is not None
    assert after.start is not None
    assert await chat.studio.blobs.aget(after.start.image) == parent.attachments[0].content
    assert (after.width, after.height) == (before.width, before.height)
    assert record.credits == 4


async def test_only_what_the_mask_marks_changes(chat: Chat) -> None:
    parent = await chat.imagine(count=1, seed=4, quality="draft")
    opening = await (await chat.ada.press(parent, "Redraw")).response()
    run = await chat.ada.submit_modal(
        opening, {"Prompt": "a blue star over the sea", "Mask": upload(a_mask())}
    )
    posted = await run.message(lambda message: "U1" in message.labels, within=PATIENCE)
    assert "masked part at 128×128" in posted.content
    assert "strength 1" in posted.content
    run = await chat.ada.press(posted, "U1")
    alone = await run.message(is_result, within=PATIENCE)
    outside = np.asarray(a_mask()) == 0
    changed = (pixels(alone) != pixels(parent)).any(2)
    assert not changed[outside].any()
    assert changed[~outside].mean() > 0.5


@pytest.mark.slow
async def test_a_form_that_is_open_over_a_restart_is_understood(chat: Chat) -> None:
    parent = await chat.imagine(count=1, seed=4, quality="draft")
    message = await chat.ben.say(chat.channel, "look at this", upload(SEA))
    button = await (await chat.ada.press(parent, "Redraw")).response()
    menu = await (await chat.ben.message_command(message, MENU)).response()
    await chat.stop_bot()
    await chat.start_bot()
    first = await chat.ada.submit_modal(button, {"Prompt": BLUE, "What shall change": "the circle"})
    second = await chat.ben.submit_modal(menu, {"Prompt": BLUE, "Strength": "0.5"})
    assert f"/{parent.id}" in (await first.message(is_result, within=PATIENCE)).content
    assert f"/{message.id}" in (await second.message(is_result, within=PATIENCE)).content


@pytest.mark.slow
async def test_two_members_fill_in_the_same_form_at_once(chat: Chat) -> None:
    parent = await chat.imagine(count=1, seed=4, quality="draft")
    ada, ben = [await (await each.press(parent, "Redraw")).response() for each in (chat.ada, chat.ben)]
    for member, opening, prompt in ((chat.ben, ben, "a blue star"), (chat.ada, ada, "a green tree")):
        run = await member.submit_modal(opening, {"Prompt": prompt})
        assert prompt in (await run.message(is_result, within=PATIENCE)).content


@pytest.mark.slow
async def test_a_picture_made_larger_is_edited_at_its_size(chat: Chat) -> None:
    parent = await chat.imagine(count=1, seed=4, quality="draft")
    larger = await (await chat.ada.press(parent, "2x")).message(is_larger, within=PATIENCE)
    opening = await chat.ada.press(larger, "Redraw")
    assert (await form_of(opening))["Prompt"] == "a red circle over the sea"
    mask = a_mask().resize((256, 256), Image.Resampling.NEAREST)
    run = await chat.ada.submit_modal(opening, {"Mask": upload(mask)})
    posted = await run.message(lambda message: "U1" in message.labels, within=PATIENCE)
    alone = await (await chat.ada.press(posted, "U1")).message(is_result, within=PATIENCE)
    assert opened(alone.attachments[0]).size == (256, 256)


async def test_the_menu_takes_the_first_picture_of_any_message(chat: Chat) -> None:
    notes = Upload("notes.txt", b"no picture")
    photo = upload(SEA.resize((300, 200)), "holiday.jpg", "JPEG")
    message = await chat.ben.say(chat.channel, "look", notes, photo, upload(BARE))
    opening = await chat.ada.message_command(message, MENU)
    assert (await form_of(opening))["Prompt"] == ""
    with pytest.raises(ClientRefusal, match="Prompt"):
        await chat.ada.submit_modal(opening, {})
    run = await chat.ada.submit_modal(opening, {"Prompt": BLUE, "Strength": "0.5"})
    posted = await run.message(is_result, within=PATIENCE)
    for words in (BLUE, "144×96", "strength 0.5", f"/{message.id}", chat.ada.mention):
        assert words in posted.content
    assert (await only_job(chat, chat.ada)).credits == 4


async def test_the_menu_knows_the_prompt_of_pictures_that_were_made_here(chat: Chat) -> None:
    posted = await chat.imagine(count=1, seed=4, quality="draft")
    file = posted.attachments[0]
    shared = await chat.ben.say(chat.channel, "from me", Upload(file.filename, file.content))
    foreign = Upload(f"darkroom-{'0' * 16}-4.png", file.content)
    for message, prompt in (
        (posted, "a red circle over the sea"),
        (shared, "a red circle over the sea"),
        (await chat.ben.say(chat.channel, "from elsewhere", foreign), ""),
    ):
        opening = await chat.ada.message_command(message, MENU)
        assert (await form_of(opening))["Prompt"] == prompt


async def test_the_menu_of_a_message_without_a_picture_is_one_sentence(chat: Chat) -> None:
    message = await chat.ben.say(chat.channel, "words", Upload("notes.txt", b"no picture"))
    run = await chat.ada.message_command(message, MENU)
    assert await told(run) == "No picture is attached to this message, so there is nothing to redraw."
    chat.discord.world.upload_limit = 2 * LARGEST_FILE
    heavy = await chat.ben.say(chat.channel, "large", Upload("photo.png", bytes(LARGEST_FILE + 1)))
    assert "12 MB" in await told(await chat.ada.message_command(heavy, MENU))


REFUSED: list[tuple[dict[str, Any], str]] = [
    *(({"Strength": typed}, f"such as 0.5, and not “{typed}”.") for typed in ("much", "0", "1.5", "nan")),
    ({"Prompt": " \n "}, "The prompt is empty."),
    ({"What shall change": "the sky", "Mask": upload(a_mask())}, "leave out one of them."),
    ({"Mask": upload(a_mask(size=(64, 64)))}, "send a mask of the picture's size."),
    ({"Mask": upload(a_mask(0))}, "black all over"),
    ({"Mask": upload(Image.new("L", (128, 128), 255))}, "The mask keeps nothing"),
    ({"Mask": Upload("mask.png", b"MZ, a program")}, "The mask is no picture"),
    ({"What shall change": "naked breasts"}, "nudity or sex"),
    ({"Prompt": "a naked woman"}, "nudity"),
]


async def test_what_a_picture_shows_is_judged_with_what_shall_change_in_it(chat: Chat) -> None:
    adults = chat.guild.channel("adults", nsfw=True)
    await eventually(lambda: chat.knows_nsfw(adults))
    await chat.studio.policies.set(chat.guild.id, adults.id, NSFW, chat.moderator.id)
    asked = {"prompt": "a child in a meadow", "count": 1, "quality": "draft"}
    run = await chat.ada.command(adults, "imagine", **asked)
    posted = await run.message(is_picture, within=PATIENCE)
    opening = await chat.ben.press(posted, "Redraw")
    await form_of(opening)
    said = await told(await chat.ben.submit_modal(opening, {"Prompt": "a naked figure"}))
    assert "“child”" in said
    assert "“naked”" in said
    assert await chat.studio.jobs.of_member(chat.ben.id) == []


async def test_what_cannot_be_done_is_told_to_the_member_alone(chat: Chat) -> None:
    parent = await chat.imagine(count=1, seed=4, quality="draft")
    for fields, said in REFUSED:
        opening = await (await chat.ben.press(parent, "Redraw")).response()
        sentence = await told(await chat.ben.submit_modal(opening, fields))
        assert said in sentence
        assert sentence.endswith(".")
    assert chat.channel.messages == [parent]
    assert await chat.studio.jobs.of_member(chat.ben.id) == []


async def test_a_file_that_is_no_picture_or_has_gone_is_told_to_the_member_alone(chat: Chat) -> None:
    message = await chat.ben.say(chat.channel, "look", Upload("photo.png", b"MZ, a program"))
    opening = await (await chat.ada.message_command(message, MENU)).response()
    run = await chat.ada.submit_modal(opening, {"Prompt": BLUE})
    assert "The picture is no picture that can be read here" in await told(run)
    message = await chat.ben.say(chat.channel, "look", upload(SEA))
    opening = await (await chat.ada.message_command(message, MENU)).response()
    for key in chat.studio.redis.scan_iter("darkroom:redraw:*"):
        chat.studio.redis.delete(key)
    run = await chat.ada.submit_modal(opening, {"Prompt": BLUE})
    assert "open it again from the menu" in await told(run)
    opening = await (await chat.ada.message_command(message, MENU)).response()
    chat.discord.fail_next(9, status=404, route="GET /cdn")
    run = await chat.ada.submit_modal(opening, {"Prompt": BLUE})
    assert "send it again" in await told(run)
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
