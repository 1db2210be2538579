"""The button that says how the best pictures were ranked."""

from __future__ import annotations

from storage.recipe import sampled
from storage.recipe_file import read_recipe
from tests.bot.conftest import PATIENCE, Chat, is_result


async def test_the_best_are_shown_with_their_ranks(chat: Chat) -> None:
    posted = await chat.imagine(count=2, best_of=4, quality="draft", seed=5)
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    assert len(record.pictures) == 2
    better, good = (picture.scores for picture in record.pictures)
    assert better is not None
    assert good is not None
    assert "-# the best of 4, the best first" in posted.content
    assert record.credits == 2
    told = await (await chat.ben.press(posted, "How were they ranked?")).message()
    assert told.ephemeral
    heading, _, columns, *ranked = told.content.splitlines()
    assert heading == "The best of 4, the best first:"
    assert columns.split() == ["words", "people", "seed"]
    assert ranked[0].startswith(f"1st  {better.agreement:.2f}   ")
    assert ranked[1].startswith(f"2nd  {good.agreement:.2f}   ")

    run = await chat.ben.press(posted, "U2")
    alone = await run.message(lambda message: "Vary strong" in message.labels, within=PATIENCE)
    recipe = sampled(read_recipe(alone.attachments[0].content))
    assert recipe is not None
    assert recipe == record.pictures[1].recipe
    assert ranked[1].endswith(f" {recipe.noise.seed}")
    assert f"seed {recipe.noise.seed}" in alone.content
    run = await chat.ben.press(alone, "Reroll")
    again = await run.message(is_result, within=PATIENCE)
    assert "the best of" not in again.content
