"""How buttons stand under a single picture."""

from __future__ import annotations

from bot.actions.under_picture import larger_view, picture_view
from bot.language import ENGLISH
from tests.bot.actions.test_under_answer import LONG, a_job_with_all_buttons, rows
from tests.conftest import a_job, imagined


def test_under_a_single_picture() -> None:
    assert rows(picture_view(ENGLISH, a_job_with_all_buttons(1), 0)) == [
        ["Vary subtle", "Vary strong", "Reroll", "Same again"],
        ["2x", "4x", "Detail 2x", "Faces", "Redraw"],
        ["Outpaint …"],
        ["Describe", *LONG, "Report", "Delete"],
    ]


def test_a_draft_can_be_finished() -> None:
    job = a_job()
    draft = job.model_copy(update={"task": imagined(job).model_copy(update={"steps": 10})})
    assert rows(picture_view(ENGLISH, draft, 0))[0][-1] == "Finish"


def test_plain_words_need_no_explanation() -> None:
    assert rows(picture_view(ENGLISH, a_job(), 0))[3] == ["Describe", "Report", "Delete"]


def test_under_a_larger_picture() -> None:
    assert rows(larger_view(ENGLISH, a_job().id, 0))[0] == ["2x", "4x", "Detail 2x", "Faces", "Redraw"]
