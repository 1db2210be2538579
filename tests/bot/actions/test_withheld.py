"""Appeal under a picture that was kept back: made again, and seen by nobody before a moderator says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from bot.actions import withheld
from bot.pictures import allowed
from moderation.findings import Finding, Findings
from moderation.pictures import Detector
from moderation.policy import FAMILY, NSFW, SFW
from storage.recipe import Recipe
from storage.records.jobs import JobRecord
from tests.bot.actions.test_report import card, moderators_channel, told
from tests.bot.conftest import PATIENCE, Chat, eventually, is_picture, is_result
from tests.bot.delivery.test_reviews import all_told
from tests.conftest import a_job, imagined
from tests.discord_emulator.messages import Message

QUICK = {"count": 1, "quality": "draft", "anatomy": "off: none"}
BARE = Finding(label="BARE_TORSO", score=0.9, box=(0, 0, 8, 8))


@pytest.fixture(autouse=True)
def everything_looks_bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all detectors see nudity, the worker's and the bot's."""
    find: Callable[[Detector, Image.Image, str], Findings] = Detector.find

    def found(self: Detector, image: Image.Image, checkpoint: str = "") -> Findings:
        return find(self, image, checkpoint).model_copy(update={"found": (BARE,)})

    monkeypatch.setattr(Detector, "find", found)


async def kept_back(chat: Chat, prompt: str = "a red circle over the sea", **options: Any) -> Message:
    run = await chat.ada.command(chat.channel, "imagine", prompt=prompt, **{**QUICK, **options})
    return await run.message(lambda message: "kept back" in message.content, PATIENCE)


async def appealed(chat: Chat, answer: Message) -> JobRecord:
    """Appeal, and give the record of what is rendered for it, once that is before the moderators."""
    run = await chat.ada.press(answer, "Appeal")
    said = await run.message(lambda message: "before the moderators" in message.content, PATIENCE)
    assert said.attachments == []
    return await newest(chat)


async def newest(chat: Chat) -> JobRecord:
    return (await chat.studio.jobs.of_member(chat.ada.id))[0]


def tries(record: JobRecord) -> list[tuple[int, str]]:
    recipes = [picture.recipe for picture in record.pictures]
    return [(each.noise.seed, each.negative_prompt) for each in recipes if isinstance(each, Recipe)]


async def test_an_appealed_picture_is_posted_once_a_moderator_approves_it(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    answer = await kept_back(chat)
    (first,) = await chat.studio.jobs.of_member(chat.ada.id)
    assert [picture.blob for picture in first.pictures] == [None]
    assert "Only the member" in await told(await chat.ben.press(answer, "Appeal"))
    record = await appealed(chat, answer)
    assert tries(record) == tries(first), "the same picture, made once"
    assert "already" in await told(await chat.ada.press(answer, "Appeal"))
    assert await allowed(chat.studio, record, SFW) == []

    open_card = await card(desk, "look at a picture that was kept back")
    assert "Kept back by: `nudity`" in open_card.content
    assert "mark this channel as age-restricted" in await told(await chat.moderator.press(open_card, "Look"))
    desk.set_nsfw(True)
    await eventually(lambda: chat.knows_nsfw(desk))
    look = await chat.moderator.press(open_card, "Look")
    seen = await look.message(lambda message: bool(message.attachments), PATIENCE)
    assert seen.ephemeral
    assert seen.attachments[0].filename.startswith("SPOILER_")

    await chat.moderator.press(open_card, "Approve")
    posted = await chat.channel.wait_message(is_picture, PATIENCE)
    assert chat.ada in posted.pings
    assert posted.attachments[0].filename.startswith("SPOILER_")
    await all_told(chat)
    assert await allowed(chat.studio, record, SFW) == [0], "its buttons work"
    assert await allowed(chat.studio, record, FAMILY) == [], "under a stricter policy they do not"
    assert [each.credits for each in await chat.studio.jobs.of_member(chat.ada.id)] == [0, 0]
    log = await told(await chat.moderator.command(chat.channel, "mod log"))
    assert "`withheld`" in log
    assert "`approved`" in log


@pytest.mark.slow
async def test_what_is_rejected_or_deleted_is_gone_and_its_member_hears_of_it(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    record = await appealed(chat, await kept_back(chat, count=2))
    assert [picture.blob is None for picture in record.pictures] == [False, False]
    open_card = await card(desk, "look at a picture that was kept back")
    await chat.moderator.press(open_card, "Reject")
    said = await chat.channel.wait_message(lambda message: "stays kept back" in message.content, PATIENCE)
    assert chat.ada in said.pings
    answer = await chat.channel.wait_message(lambda message: "before the moderators" in message.content)
    await chat.ada.press(answer, "Delete")
    await answer.wait_deleted(PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while any(picture.blob for picture in (await newest(chat)).pictures):
            await asyncio.sleep(0.05)
    assert not any(message.attachments for message in chat.channel.messages)


async def test_what_the_floor_keeps_back_cannot_be_appealed(chat: Chat) -> None:
    assert "Appeal" not in (await kept_back(chat, "a child on a swing")).labels


async def test_a_policy_that_became_stricter_stands(chat: Chat) -> None:
    answer = await kept_back(chat)
    await chat.studio.policies.set(chat.guild.id, chat.channel.id, FAMILY, chat.moderator.id)
    assert "stricter now" in await told(await chat.ada.press(answer, "Appeal"))


async def test_where_it_is_allowed_meanwhile_there_is_nothing_to_appeal(chat: Chat) -> None:
    answer = await kept_back(chat)
    chat.channel.set_nsfw(True)
    await chat.studio.policies.set(chat.guild.id, chat.channel.id, NSFW, chat.moderator.id)
    await eventually(lambda: chat.knows_nsfw(chat.channel))
    posted = await (await chat.ada.press(answer, "Appeal")).message(is_result, PATIENCE)
    assert posted.attachments


def test_pictures_that_differ_in_their_noise_alone_are_one_job() -> None:
    task = imagined(a_job(pictures=3))
    shared = task.model_dump(exclude={"kind", "noises", "best"})
    recipes: list[Any] = [
        Recipe(**shared, checkpoint="pocket", checkpoint_hash="ab", noise=noise) for noise in task.noises
    ]
    recipes[2] = recipes[2].model_copy(update={"negative_prompt": "nude"})
    record: Any = type("Record", (), {"job": a_job()})
    two, one = withheld._tasks(record, recipes)
    assert [len(two.noises), len(one.noises)] == [2, 1]  # type: ignore[union-attr]
