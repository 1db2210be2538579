"""How buttons stand under pictures: in few rows, each of one kind."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.actions.under_answer import description_view, pictures_view
from bot.language import ENGLISH
from storage.jobs import Job, Upscale
from storage.noise import Noise
from tests.conftest import a_job, imagined

LONG = ["How was it read?", "How were they ranked?"]


def rows(view: ui.View) -> list[list[str]]:
    """What stands on the buttons and menus, row by row."""
    return [
        [item.get("label") or item["placeholder"] for item in row["components"]]
        for row in view.to_components()
    ]


def a_job_with_all_buttons(count: int) -> Job:
    job = a_job()
    noises = tuple(Noise(seed=seed) for seed in range(16))
    different: dict[str, Any] = {"prompt": "a (red:1.5) circle", "noises": noises, "best": count, "steps": 25}
    return job.model_copy(update={"task": imagined(job).model_copy(update=different)})


def test_under_a_grid() -> None:
    assert rows(pictures_view(ENGLISH, a_job_with_all_buttons(4), [0, 1, 3])) == [
        ["U1", "U2", "U3"],
        ["V1 subtle", "V2 subtle", "V3 subtle"],
        ["V1 strong", "V2 strong", "V3 strong"],
        ["Reroll", *LONG, "Report", "Delete"],
        ["2x all"],
    ]


def test_under_a_grid_of_drafts_each_may_be_finished() -> None:
    job = a_job_with_all_buttons(4)
    draft = job.model_copy(update={"task": imagined(job).model_copy(update={"steps": 8})})
    finishing = ["Finish 1", "Finish 2", "Finish 3", "Finish 4"]
    assert rows(pictures_view(ENGLISH, draft, [0, 1, 2, 3]))[-1] == finishing
    asks = "Why was it discarded?"
    assert rows(pictures_view(ENGLISH, draft, [0, 1, 2, 3], some_discarded=True))[-1] == [*finishing, asks]


def test_under_what_is_larger_and_what_is_described() -> None:
    job = Job(checkpoint="pocket", reply_to="here", task=Upscale(image="ab" * 32, factor=2))
    assert rows(pictures_view(ENGLISH, job, [0])) == [
        ["2x", "4x", "Detail 2x", "Faces", "Redraw"],
        ["Outpaint …"],
        ["Describe", "Same again", "Report", "Delete"],
    ]
    assert rows(description_view(ENGLISH, job.id, has_prompt=True)) == [["Imagine this", "Delete"]]
    assert rows(description_view(ENGLISH, job.id, has_prompt=False)) == [["Delete"]]


def test_under_an_answer_without_pictures() -> None:
    assert rows(pictures_view(ENGLISH, a_job(), [])) == [["Reroll", "Delete"]]


def test_under_an_answer_of_which_some_can_be_appealed() -> None:
    assert rows(pictures_view(ENGLISH, a_job(), [], some_appealable=True)) == [
        ["Reroll", "Delete"],
        ["Appeal"],
    ]
    job = a_job_with_all_buttons(4)
    under = rows(pictures_view(ENGLISH, job, [0, 1], some_discarded=True, some_appealable=True))
    assert under[-1] == ["2x all", "Why was it discarded?", "Appeal"]


def test_under_an_answer_of_which_some_was_discarded() -> None:
    asks = ["Why was it discarded?"]
    assert rows(pictures_view(ENGLISH, a_job(), [], some_discarded=True)) == [["Reroll", "Delete"], asks]
    assert rows(pictures_view(ENGLISH, a_job_with_all_buttons(4), [0], some_discarded=True))[-1] == asks
    assert rows(pictures_view(ENGLISH, a_job_with_all_buttons(4), [0, 1], some_discarded=True))[-1] == [
        "2x all",
        *asks,
    ]
