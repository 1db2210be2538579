"""A picture is judged once more when it is posted, by the channel as it is then."""

from __future__ import annotations

from PIL import Image

from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR, Finding, Findings
from moderation.policy import NSFW
from moderation.verdict import Verdict
from storage.blobs import Blobs
from storage.events import Finished, Picture, publish_result
from storage.jobs import Imagine
from storage.noise import Noise
from storage.recipe import Recipe
from storage.recipe_file import to_png
from storage.records.jobs import RowState
from tests.bot.conftest import PATIENCE, Chat, eventually, only_record, settled
from tests.discord_emulator.interactions import InteractionRun

SLOW = {"prompt": "a red circle over the sea", "quality": "fine", "count": 2}


async def a_finished_job(chat: Chat, findings: Findings) -> InteractionRun:
    """A job of Ada's that a worker has just finished, with these findings on its one picture."""

    run = await chat.ada.command(chat.channel, "imagine", **SLOW)
    await run.response()
    record = await only_record(chat)
    task = Imagine.model_validate(record.job.task.model_dump())
    recipe = Recipe(
        **task.model_dump(exclude={"kind", "noises", "best"}),
        checkpoint="pocket",
        checkpoint_hash="0" * 64,
        noise=Noise(seed=1),
    )
    blob = Blobs.open(chat.settings).put(to_png(Image.new("RGB", (64, 64), "red"), recipe))
    picture = Picture(blob=blob, recipe=recipe, findings=findings, verdict=Verdict())
    chat.studio.queue.cancel(record.job)
    publish_result(
        chat.studio.redis, record.job, Finished(job_id=record.job.id, pictures=(picture,), seconds=1.0)
    )
    return run


NUDE = Findings(
    detector=PINNED_DETECTOR,
    pocket_detector=PINNED_POCKET_DETECTOR,
    found=(Finding(label="FEMALE_BREAST_EXPOSED", score=0.9, box=(0, 0, 9, 9)),),
)


async def test_the_policy_that_counts_is_the_one_at_posting(chat: Chat) -> None:
    chat.channel.set_nsfw(True)
    await chat.studio.policies.set(chat.guild.id, chat.channel.id, NSFW, chat.moderator.id)
    await eventually(lambda: chat.knows_nsfw(chat.channel))
    chat.channel.set_nsfw(False)
    await eventually(lambda: not chat.knows_nsfw(chat.channel))
    run = await a_finished_job(chat, NUDE)
    said = await run.message(lambda message: "kept back" in message.content, PATIENCE)
    assert said.attachments == []
    assert "cost you nothing" in said.content
    record = await settled(chat, RowState.POSTED)
    assert record.credits == 0


async def test_an_open_channel_shows_what_its_policy_allows(chat: Chat) -> None:
    chat.channel.set_nsfw(True)
    await chat.studio.policies.set(chat.guild.id, chat.channel.id, NSFW, chat.moderator.id)
    await eventually(lambda: chat.knows_nsfw(chat.channel))
    run = await a_finished_job(chat, NUDE)
    posted = await run.message(lambda message: bool(message.attachments), PATIENCE)
    assert "kept back" not in posted.content


async def test_findings_of_another_detector_are_not_believed(chat: Chat) -> None:
    run = await a_finished_job(chat, Findings(detector="0" * 64))
    said = await run.message(lambda message: "kept back" in message.content, PATIENCE)
    assert said.attachments == []
