from __future__ import annotations

from datetime import UTC, datetime

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot import wording
from bot.language import ENGLISH
from moderation.findings import Findings
from moderation.verdict import Verdict
from storage.events import BOT_RESULTS, Finished, Picture, Progress
from storage.farm import Wait
from storage.jobs import Imagine, Job, Sampling
from storage.noise import Noise
from storage.recipe import AnyRecipe, Recipe
from storage.records.jobs import JobRecord, RowState
from storage.records.origin import Origin
from storage.samplers import Sampler
from storage.share import Share, Urgency
from storage.starts import Start
from tests.conftest import a_job
from tests.storage.recorded import recorded

TASK = Imagine(
    prompt="a red circle over the sea",
    width=128,
    height=128,
    steps=20,
    sampler=Sampler.EULER,
    guidance_scale=4.0,
    noises=(Noise(seed=1),),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**bold** _it_ `code`", r"\*\*bold\*\* \_it\_ \`code\`"),
        ("line\nbreak", "line break"),
        ("https://example.org", r"https\://example.org"),
        ("<@123456789012345678> <#4> </go:5>", "\\<@\u200b123456789012345678> \\<#4> \\</go:5>"),
    ],
)
def test_words_are_shown_as_words(text: str, shown: str) -> None:
    assert wording.escape(text) == shown


@given(st.text(min_size=1, max_size=1000))
def test_any_prompt_fits_a_message_and_mentions_nobody(text: str) -> None:
    shown = wording.escape(text)
    assert len(shown) <= 1500
    assert "@everyone" not in shown
    assert "@here" not in shown
    assert not discord.utils.find(lambda part: part.startswith("<@"), shown.split())


def test_a_queue_without_a_worker_promises_nothing() -> None:
    said = wording.waiting(ENGLISH, a_job("sdxl"), Wait(position=4, seconds=12.0, workers=0))
    assert "No worker with the checkpoint `sdxl` is running" in said
    assert "12" not in said


def test_place_and_wait_are_said() -> None:
    said = wording.waiting(ENGLISH, a_job(), Wait(position=3, seconds=12.4, workers=1))
    assert said.endswith("3rd in the queue, about 12 s.")


def test_what_waits_for_the_farm_to_idle_is_said_to_be_free() -> None:
    job = a_job().model_copy(update={"share": Share(urgency=Urgency.RELAXED)})
    said = wording.waiting(ENGLISH, job, Wait(position=3, seconds=None, workers=1))
    assert said.splitlines()[1:] == ["3rd in the queue.", f"-# {wording.RELAXED}"]


@pytest.mark.parametrize(
    ("value", "said"), [(0.84, "0.8 s"), (12.3, "12 s"), (170.0, "3 min"), (7200.0, "2 h")]
)
def test_durations(value: float, said: str) -> None:
    assert wording.seconds(value) == said


def done(step: int, steps: int, again: bool = False) -> Progress:
    return Progress(job_id="0" * 16, step=step, steps=steps, again=again)


def test_a_second_try_says_only_that_it_is_one() -> None:
    assert "re-rolling" not in wording.rendering(ENGLISH, TASK, done(1, 20))
    assert wording.rendering(ENGLISH, TASK, done(1, 20, again=True)).endswith("5% · re-rolling")


def test_the_bar_grows() -> None:
    bars = [wording.rendering(ENGLISH, TASK, done(step, 20)).count("▰") for step in range(21)]
    assert bars == sorted(bars)
    assert bars[0] == 0
    assert bars[-1] == 12


def a_record(prompt: str, negative: str) -> JobRecord:
    task = TASK.model_copy(update={"prompt": prompt, "negative_prompt": negative})
    sampling = task.model_dump(include=set(Sampling.model_fields))
    recipe = Recipe(**sampling, checkpoint="c", checkpoint_hash="ab", noise=task.noises[0])
    picture = Picture(blob="ab" * 32, recipe=recipe, findings=Findings(detector="d"), verdict=Verdict())
    return JobRecord(
        job=Job(checkpoint="c" * 80, reply_to=BOT_RESULTS, task=task),
        origin=Origin(guild_id=1, channel_id=2, member_id=3, token=None, token_expires_at=None),
        state=RowState.FINISHED,
        message_id=None,
        message_channel_id=None,
        credits=1,
        failure=None,
        description=None,
        pictures=(picture,),
        seconds=1.0,
        created_at=datetime.now(UTC),
        finished_at=None,
    )


@given(st.text(alphabet="<@*_`|~:/>#12345678901234567 a", min_size=900, max_size=1000))
def test_the_longest_words_still_fit_a_message(text: str) -> None:
    record = a_record(text, text)
    url = wording.message_url(2**63, 2**63, 2**63)
    result = Finished(job_id=record.job.id, pictures=(), seconds=1.0)
    assert len(wording.finished(record, result, 0, url)) <= 2000
    assert len(wording.single(ENGLISH, record, 0, url)) <= 2000
    assert len(wording.rendering(ENGLISH, record.job.task, done(1, 2))) <= 2000


RECIPES = recorded("recipes")


@pytest.mark.parametrize("name", RECIPES)
def test_settings_say_what_was_rendered_in_a_size(name: str) -> None:
    recipe = TypeAdapter[AnyRecipe](AnyRecipe).validate_json(RECIPES[name]["darkroom"])
    assert wording.settings(ENGLISH, recipe) == RECIPES[name]["settings"]


def test_every_kind_of_start_is_said() -> None:
    assert set(wording.STARTS) == set(Start.__subclasses__())


@given(st.text(max_size=3000), st.text(min_size=1, max_size=1000))
def test_a_failure_fits_a_message_and_says_that_it_cost_nothing(message: str, prompt: str) -> None:
    said = wording.failed(a_record(prompt, ""), message)
    assert len(said) <= wording.MESSAGE_LIMIT
    assert said.endswith("It cost you nothing.")
