"""In every language, what the bot says fits the place where Discord shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot import wording
from bot.actions.decide import ContestForm, SuspendForm
from bot.actions.redraw import RedrawForm
from bot.actions.remix import RemixForm
from bot.actions.reopen import reopen_view
from bot.actions.report import ReportForm
from bot.actions.under_answer import description_view, pictures_view
from bot.actions.under_picture import larger_view, picture_view
from bot.buttons import cancel_view
from bot.cards import card_view
from bot.language import ENGLISH, LANGUAGES, Language
from storage.events import Finished, Progress
from storage.farm import Wait
from storage.records.reviews import Kind
from storage.redis_trouble import Trouble
from storage.share import Share, Urgency
from tests.bot.actions.test_under_answer import a_job_with_all_buttons
from tests.bot.test_cards import a_review
from tests.bot.test_language import translations
from tests.bot.test_wording import a_record
from tests.conftest import imagined

BUTTON, MENU, CHOICE = 80, 150, 100
TITLE, LABEL, DESCRIPTION, PLACEHOLDER = 45, 45, 100, 100
"""Characters that Discord takes: on buttons, menus and their choices, and in a form."""
LONGEST_FIELD = 150
"""Characters that each field of a sentence gets here."""
WORST = "*" * 1000
EVERY = {each.code: each for each in (ENGLISH, *LANGUAGES.values())}


@pytest.fixture(params=EVERY.values(), ids=lambda each: each.code)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


def components(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from components(each)


def test_buttons_and_menus_fit(language: Language) -> None:
    job = a_job_with_all_buttons(4)
    one = a_job_with_all_buttons(1)
    for view in (
        pictures_view(language, job, [0, 1, 2, 3]),
        picture_view(language, one, 0),
        larger_view(language, job.id, 0),
        description_view(language, job.id, has_prompt=True),
        cancel_view(language, job.id),
        reopen_view(language, 2**63),
        *(card_view(language, a_review(kind)) for kind in Kind),
    ):
        for part in components(view.to_components()):
            assert len(part.get("label") or "") <= BUTTON
            assert len(part.get("placeholder") or "") <= MENU
            for option in part.get("options", ()):
                assert 0 < len(option["label"]) <= CHOICE


def test_the_forms_fit(language: Language) -> None:
    for form in (
        RedrawForm(language, "dre:0:0", "a prompt"),
        ReportForm(language, "drr:0:0"),
        RemixForm(language, "drx:0:0:0", imagined(a_record(WORST, WORST).job)),
        SuspendForm(language, 1),
        ContestForm(language, 1),
    ):
        sent = form.to_dict()
        assert 0 < len(sent["title"]) <= TITLE
        for part in components(sent["components"]):
            assert len(part.get("label") or "") <= LABEL
            assert len(part.get("description") or "") <= DESCRIPTION
            assert len(part.get("placeholder") or "") <= PLACEHOLDER


def test_the_longest_messages_fit(language: Language) -> None:
    record = a_record(WORST, WORST)
    record = replace(record, origin=replace(record.origin, language=language.code))
    url = wording.message_url(2**63, 2**63, 2**63)
    task = imagined(record.job)
    best = task.model_copy(update={"best": 1, "noises": task.noises * 16})
    record = replace(record, job=record.job.model_copy(update={"task": best}))
    result = Finished(job_id=record.job.id, pictures=(), seconds=1e6)
    troubles: tuple[Wait | Trouble, ...] = (
        *wording.QUEUE_TROUBLES,
        Wait(position=10**6, seconds=1e6, workers=1),
    )
    relaxed = Share(urgency=Urgency.RELAXED)
    waits = record.job.model_copy(update={"checkpoint": "c" * 100, "share": relaxed})
    for said in (
        wording.finished(record, result, 0, url),
        wording.single(language, record, 0, url),
        wording.rendering(language, record.job.task, Progress(job_id="0" * 16, step=1, steps=2, again=True)),
        wording.awaiting_room(language, record.job.task),
        wording.failed(record, WORST),
        wording.cancelled(record),
        *(wording.waiting(language, waits, trouble) for trouble in troubles),
    ):
        assert len(said) <= wording.MESSAGE_LIMIT


def test_every_sentence_fits_a_message_with_long_fields(language: Language) -> None:
    for entry in language.sentences.values():
        for text, _ in translations(entry):
            assert len(re.sub(r"\{[^{}]*\}", "x" * LONGEST_FIELD, text)) <= 1800
