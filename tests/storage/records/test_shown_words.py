"""What pictures were made to show, all the way back."""

from __future__ import annotations

from storage.database import Database
from storage.records.jobs import JobRecords
from storage.records.shown_words import ShownWords, words_of
from storage.starts import Whole, WordMask
from tests.conftest import a_job, imagined
from tests.storage.conftest import an_origin, finished
from tests.storage.recipes import RECIPE
from tests.storage.records.test_lineage import a_finished_job

FIRST, SECOND, THIRD, BROUGHT = ("a" * 64, "b" * 64, "c" * 64, "e" * 64)


async def test_the_words_of_all_jobs_count_that_a_picture_goes_back_to(database: Database) -> None:
    words = ShownWords(database)
    await a_finished_job(database, FIRST, prompt="a child")
    masked = WordMask(image=FIRST, mask_words="the sky", strength=0.5)
    await a_finished_job(database, SECOND, prompt="a meadow", start=masked)
    await a_finished_job(database, THIRD, prompt="a figure", start=Whole(image=SECOND, strength=0.5))
    assert await words.of({THIRD}) == ("a figure", "a meadow", "the sky", "a child")
    assert await words.of({FIRST}) == ("a child",)
    assert await words.of({BROUGHT}) == ()


async def test_what_a_job_went_back_to_counts_where_those_pictures_are_gone(database: Database) -> None:
    job = a_job().model_copy(update={"shows": ("a child",)})
    await JobRecords(database).add(job, an_origin())
    await JobRecords(database).record_result(finished(job))
    (picture,) = finished(job).pictures
    assert picture.blob is not None
    assert await ShownWords(database).of({picture.blob}) == (imagined(job).prompt, "a child")


async def test_what_is_noted_of_a_picture_is_added_to_what_was(database: Database) -> None:
    words = ShownWords(database)
    for told in (("a child", "a child"), (), ("a child", "a meadow")):
        await words.note(BROUGHT, told)
    assert set(await words.of({BROUGHT})) == {"a child", "a meadow"}
    await a_finished_job(database, FIRST, prompt="a figure", start=Whole(image=BROUGHT, strength=0.5))
    assert set(await words.of({FIRST})) == {"a figure", "a child", "a meadow"}


def test_a_weight_below_zero_in_the_negative_prompt_is_a_wish() -> None:
    recipe = RECIPE.model_copy(update={"prompt": "a meadow", "negative_prompt": "rain, (a child:-1)"})
    assert words_of(recipe) == ("a meadow", "a child")
