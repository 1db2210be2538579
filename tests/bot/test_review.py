"""Whatever Redis says, the bot looks at pixels itself."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bot.review import Reviewer
from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR, Findings
from moderation.gallery import NOBODY
from moderation.policy import ARTISTIC, NSFW, SFW, Policy, Warned
from moderation.preview import COARSE_SIDE
from moderation.verdict import Action, Verdict
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene
from storage.events import Finished, Picture, Progress, publish_progress, publish_result
from storage.recipe import Recipe
from storage.recipe_file import to_png
from storage.records.jobs import JobRecord, RowState
from tests.bot.conftest import PATIENCE, Chat, settled
from tests.conftest import a_job, imagined
from tests.discord_emulator.interactions import InteractionRun
from tests.moderation.test_lettering import written


def drawn(clothes: str) -> Image.Image:
    scene = Scene("meadow", (), (Figure("woman", clothes, "waving", "centre", "big"),))
    return Image.fromarray(draw(scene, 3).pixels)


async def asked(chat: Chat, prompt: str = "a woman in a meadow") -> tuple[InteractionRun, JobRecord]:
    """A job that no worker gets: only what the test says comes of it."""
    chat.studio.queue.enqueue = lambda job: None  # type: ignore[method-assign]
    run = await chat.ada.command(chat.channel, "imagine", prompt=prompt, count=1)
    await run.message()
    record = await settled(chat, RowState.QUEUED)
    return run, record


async def forged(chat: Chat, image: Image.Image) -> InteractionRun:
    """Whoever can write to Redis says that a job is done, and that the detectors saw nothing in it."""
    run, record = await asked(chat)
    recipe = Recipe(
        **record.job.task.model_dump(exclude={"kind", "noises", "best"}),
        checkpoint="some-photo-model",
        checkpoint_hash="ab",
        noise=imagined(record.job).noises[0],
    )
    blob = await chat.studio.blobs.aput(to_png(image, recipe))
    findings = Findings(detector=PINNED_DETECTOR, pocket_detector=PINNED_POCKET_DETECTOR)
    picture = Picture(blob=blob, recipe=recipe, findings=findings, verdict=Verdict())
    publish_result(
        chat.studio.redis, record.job, Finished(job_id=record.job.id, pictures=(picture,), seconds=1.0)
    )
    return run


async def test_a_forged_result_is_kept_back_and_costs_nothing(chat: Chat) -> None:
    run = await forged(chat, drawn("bare"))
    said = await run.message(lambda message: "kept back" in message.content, PATIENCE)
    assert said.attachments == []
    record = await settled(chat, RowState.POSTED)
    assert record.credits == 0


async def test_a_clean_picture_passes_the_same_look(chat: Chat) -> None:
    run = await forged(chat, drawn("red"))
    said = await run.message(lambda message: bool(message.attachments), PATIENCE)
    assert "kept back" not in said.content


async def test_a_listed_name_in_a_picture_is_read_where_the_checkpoint_can_write() -> None:
    reviewer, recipe, file = Reviewer.load(), imagined(a_job()), io.BytesIO()
    written("Taylor Swift").save(file, "PNG")
    for number, (checkpoint, action) in enumerate({"sdxl": Action.BLOCK, "pocket": Action.ALLOW}.items()):
        drawn_with = Recipe(
            **recipe.model_dump(exclude={"kind", "noises", "best"}),
            checkpoint=checkpoint,
            checkpoint_hash="ab",
            noise=recipe.noises[0],
        )
        seen = await reviewer.action(
            f"{number}" * 64, file.getvalue(), drawn_with, a_job(checkpoint), SFW, NOBODY
        )
        assert seen is action, checkpoint


async def test_what_cannot_be_looked_at_is_kept_back_and_costs_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("bot.review._look", fail)
    run = await forged(chat, drawn("red"))
    said = await run.message(lambda message: "kept back" in message.content, PATIENCE)
    assert said.attachments == []
    assert (await settled(chat, RowState.POSTED)).credits == 0
    verdict = await chat.studio.reviewer.judge(b"no picture", SFW, "", "pocket", NOBODY)
    assert verdict.reasons[0].rule == "detector"


async def test_without_detectors_nothing_is_posted(chat: Chat) -> None:
    chat.studio.reviewer = Reviewer(None)
    run = await forged(chat, drawn("red"))
    said = await run.message(lambda message: "kept back" in message.content, PATIENCE)
    assert said.attachments == []


async def test_a_picture_that_no_job_made_is_judged_too() -> None:
    async def judged(reviewer: Reviewer, clothes: str, policy: Policy) -> Action:
        file = io.BytesIO()
        drawn(clothes).save(file, "PNG")
        return (await reviewer.judge(file.getvalue(), policy, "", "pocket", NOBODY)).verdict

    reviewer = Reviewer.load()
    assert await judged(reviewer, "bare", SFW) is Action.BLOCK
    assert await judged(reviewer, "bare", ARTISTIC) is Action.WARN
    assert await judged(reviewer, "bare", NSFW) is Action.ALLOW
    assert await judged(reviewer, "red", SFW) is Action.ALLOW
    assert await judged(Reviewer(None), "red", NSFW) is Action.BLOCK


def tell(chat: Chat, record: JobRecord, image: Image.Image, step: int) -> None:
    """Whoever can write to Redis says how far the job is, and what it looks like."""
    image.resize((256, 256)).save(file := io.BytesIO(), "JPEG", quality=90)
    progress = Progress(job_id=record.job.id, step=step, steps=20, preview=file.getvalue())
    publish_progress(chat.studio.redis, progress)


@pytest.mark.parametrize("warned", list(Warned))
async def test_nothing_is_shown_before_that_waits_or_is_covered_for_its_words(
    chat: Chat, warned: Warned
) -> None:
    policy = Policy(gore=Action.WARN, warned=warned)
    await chat.studio.policies.set(chat.guild.id, chat.channel.id, policy, chat.moderator.id)
    run, record = await asked(chat, "a gory battlefield")
    message = await run.message()
    tell(chat, record, drawn("red"), 10)
    await message.wait(lambda now: "50%" in now.content, PATIENCE)
    assert all(not version.attachments for version in message.versions)


async def test_a_forged_preview_is_not_shown_and_an_honest_one_only_coarsely(chat: Chat) -> None:
    run, record = await asked(chat)
    message = await run.message()

    tell(chat, record, drawn("bare"), 5)
    await message.wait(lambda now: "25%" in now.content, PATIENCE)
    assert all(not version.attachments for version in message.versions)
    tell(chat, record, drawn("red"), 10)
    await message.wait(lambda now: "50%" in now.content and bool(now.attachments), PATIENCE)
    shown = Image.open(io.BytesIO(message.attachments[0].content)).convert("RGB")
    small = shown.resize((COARSE_SIDE, COARSE_SIDE), Image.Resampling.BOX)
    again = small.resize(shown.size, Image.Resampling.BICUBIC)
    assert np.abs(np.asarray(again, int) - np.asarray(shown, int)).mean() < 6, "finer than it should be"


async def test_a_preview_that_is_no_picture_is_no_preview() -> None:
    job, reviewer = a_job(), Reviewer.load()
    for rubbish in (b"", b"MZ, a program", b"\xff\xd8\xff"):
        assert await reviewer.preview(rubbish, job, NSFW, NOBODY) is None
    large = io.BytesIO()
    Image.new("RGB", (4000, 4000)).save(large, "JPEG")
    assert await reviewer.preview(large.getvalue(), job, NSFW, NOBODY) is None
