"""Words that a channel allowed once, and does not allow any more, are not repeated in it."""

from __future__ import annotations

from dataclasses import replace

from bot.language import ENGLISH
from bot.pictures import Viewer, picture_file, reviewed
from bot.sayable import may_be_said, sayable, sayable_result
from moderation.policy import NSFW, SFW
from moderation.told import Told
from storage.events import Failed
from storage.jobs import Describe
from storage.records.jobs import JobRecord, RowState
from storage.starts import WordMask
from tests.bot.conftest import PATIENCE, Chat, eventually, settled
from tests.bot.test_pictures import a_picture, a_record, a_studio
from tests.bot.test_wording import TASK

WORDS = "a naked man in a meadow"


def worded(**said: object) -> JobRecord:
    """A finished job whose task and picture say this."""
    picture = a_picture()
    record = a_record(picture.model_copy(update={"recipe": picture.recipe.model_copy(update=said)}))
    task = record.job.task.model_copy(update=said)
    return replace(record, job=record.job.model_copy(update={"task": task}))


def texts(record: JobRecord) -> str:
    return repr((record.job.task, record.failure, [picture.recipe for picture in record.pictures]))


async def test_only_what_a_policy_allows_is_repeated() -> None:
    record = worded(prompt=WORDS, negative_prompt="naked breasts")
    assert await sayable(record, NSFW) is record
    silent = await sayable(record, SFW)
    assert "naked" not in texts(silent)
    assert silent.pictures[0].blob == record.pictures[0].blob
    innocent = worded(prompt="a man in a meadow")
    assert await sayable(innocent, SFW) is innocent


async def test_the_words_of_a_mask_count_and_words_for_a_picture_have_none() -> None:
    start = WordMask(image="ab" * 32, mask_words="the naked breasts")
    assert not await may_be_said(TASK.model_copy(update={"start": start}), SFW)
    assert await may_be_said(TASK.model_copy(update={"start": start}), NSFW)
    assert await may_be_said(Describe(image="ab" * 32), SFW)


async def test_a_failure_that_quotes_words_is_told_without_them() -> None:
    record = worded(prompt="a man")
    quotes = "I could not find “the naked breasts” in this picture: try other words, or send a mask."
    assert "naked" not in texts(await sayable(replace(record, failure=quotes), SFW))
    failed = Failed(job_id=record.job.id, message=quotes)
    assert await sayable_result(failed, SFW) == Failed(job_id=record.job.id, message="The job failed.")
    assert await sayable_result(failed, NSFW) is failed


async def test_what_a_failure_quotes_in_other_languages_counts_too() -> None:
    forged = Told.remembered(
        "I see nothing.", "I could not find “{words}” in this picture.", {"words": WORDS}
    )
    failed = Failed(job_id="ab" * 8, message=forged)
    assert await sayable_result(failed, SFW) == Failed(job_id=failed.job_id, message="The job failed.")
    record = replace(worded(prompt="a man"), failure=forged)
    assert (await sayable(record, SFW)).failure == "The job failed."


async def test_a_sentence_of_the_house_may_name_what_it_refuses() -> None:
    said = (
        "The picture that you gave me seems to show nudity, which I may not work on here. Detectors err, and "
        "nothing is held against you: please try another picture."
    )
    failed = Failed(job_id="ab" * 8, message=said)
    assert await sayable_result(failed, SFW) is failed


async def test_words_that_are_not_allowed_keep_a_picture_from_all_but_moderators() -> None:
    record = worded(prompt=WORDS)
    looked_at = await reviewed(a_studio(), record, SFW, viewer=Viewer.MODERATOR)
    assert (await picture_file(ENGLISH, looked_at, 10**6)).description == "a picture"
    assert (await reviewed(a_studio(), record, NSFW)).shown == (0,)
    kept_back = await reviewed(a_studio(), record, SFW)
    assert (kept_back.shown, kept_back.files, kept_back.appealable) == ((), (), ())


async def test_what_a_picture_was_made_to_show_before_counts_too() -> None:
    record = worded(prompt="a meadow")
    shows = replace(record, job=record.job.model_copy(update={"shows": (WORDS,)}))
    assert (await reviewed(a_studio(), record, SFW)).shown == (0,)
    assert (await reviewed(a_studio(), shows, SFW)).shown == ()


async def test_a_channel_that_loses_its_mark_amid_a_job_gets_nothing_of_it(chat: Chat) -> None:
    chat.channel.set_nsfw(True)
    await chat.studio.policies.set(chat.guild.id, chat.channel.id, NSFW, chat.moderator.id)
    await eventually(lambda: chat.knows_nsfw(chat.channel))
    run = await chat.ada.command(chat.channel, "imagine", prompt=WORDS, quality="fine", count=2)
    asked = await run.message(lambda message: "naked" in message.content, PATIENCE)
    chat.channel.set_nsfw(False)
    await eventually(lambda: not chat.knows_nsfw(chat.channel))
    await asked.wait(lambda message: "▱" in message.content and "naked" not in message.content, PATIENCE)
    assert asked.content.startswith("**A picture**\n")
    listed = await (await chat.ada.command(chat.channel, "jobs")).message()
    assert listed.content.startswith("1. **A picture** (pictures, ")
    assert (await settled(chat, RowState.POSTED)).credits == 0
    assert "naked" not in asked.content
    assert "kept back" in asked.content
    assert asked.attachments == []
