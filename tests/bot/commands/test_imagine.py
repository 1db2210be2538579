"""From `/imagine` to a posted grid, as a member sees it."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from typing import Any

import pytest

from bot.checkpoints import KnownCheckpoints
from bot.delivery.progress import EDIT_INTERVAL
from bot.grid import GAP
from gpuworker.registry import shipped_checkpoints
from gpuworker.stages.follow import PREVIEW_SECONDS
from storage.noise import Noise
from storage.recipe import sampled
from storage.recipe_file import read_recipe
from storage.records.jobs import RowState
from storage.samplers import Sampler
from storage.served import ServedCheckpoint, Usual
from tests.bot.conftest import PATIENCE, Chat, is_result, only_record, opened, recipe_of, settled
from tests.discord_emulator.actors import ClientRefusal


async def test_a_member_gets_a_grid_with_buttons(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a red circle over the sea", seed=11)
    await run.response()
    asked = run.messages[0]
    assert asked.labels == ["Cancel"]
    assert "a red circle over the sea" in asked.content
    assert "queue" in asked.content

    posted = await run.message(is_result, within=PATIENCE)
    assert posted is asked
    assert len(posted.attachments) == 1
    assert opened(posted.attachments[0]).size == (256 + GAP, 256 + GAP)
    for words in ("a red circle over the sea", chat.ada.mention, "128×128", "20 steps", "seed 11", "pocket"):
        assert words in posted.content
    assert posted.labels == [
        *("U1", "U2", "U3", "U4"),
        *("V1 subtle", "V2 subtle", "V3 subtle", "V4 subtle"),
        *("V1 strong", "V2 strong", "V3 strong", "V4 strong"),
        *("Reroll", "Report", "Delete", "2x all"),
    ]
    assert chat.channel.messages == [posted]
    record = await settled(chat, RowState.POSTED)
    assert record.credits == 4


async def test_one_picture_is_its_own_file_with_its_recipe(chat: Chat) -> None:
    posted = await chat.imagine(count=1, seed=5, size="landscape (3:2)", quality="draft", negative="a tree")
    assert posted.labels == [
        "Vary subtle",
        "Vary strong",
        "Reroll",
        "Same again",
        "Finish",
        "2x",
        "4x",
        "Detail 2x",
        "Faces",
        "Redraw",
        "Describe",
        "Report",
        "Delete",
    ]
    recipe = sampled(read_recipe(posted.attachments[0].content))
    assert recipe is not None
    assert (recipe.prompt, recipe.negative_prompt) == ("a red circle over the sea", "a tree")
    assert (recipe.width, recipe.height, recipe.steps, recipe.noise.seed) == (144, 96, 10, 5)
    assert opened(posted.attachments[0]).size == (144, 96)


@pytest.mark.slow
async def test_progress_is_shown_at_discords_pace(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpuworker.stages.follow.PREVIEW_SECONDS", PREVIEW_SECONDS)
    run = await chat.ada.command(
        chat.channel, "imagine", prompt="a blue house in the snow", quality="fine", size="wide (7:4)"
    )
    posted = await run.message(is_result, within=PATIENCE)
    shown = [version for version in posted.edits[:-1] if "▰" in version.content or "▱" in version.content]
    assert shown, posted.render()
    assert any(version.attachments for version in shown), "no preview was shown"
    times = [version.at for version in posted.edits[:-1]]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert all(gap > EDIT_INTERVAL - 0.3 for gap in gaps), gaps


async def test_numbers_stand_in_for_the_words_that_members_choose_from(chat: Chat) -> None:
    numbers: dict[str, Any] = {"steps": 7, "sampler": "Euler a", "guidance": 5.5}
    posted = await chat.imagine(count=1, quality="fine", seamless=True, **numbers)
    recipe = sampled(read_recipe(posted.attachments[0].content))
    assert recipe is not None
    assert recipe.seamless
    assert "seamless" in posted.content
    assert (recipe.steps, recipe.sampler, recipe.guidance_scale) == (7, Sampler.EULER_A, 5.5)


async def test_the_client_refuses_what_the_schema_refuses(chat: Chat) -> None:
    for bad in ({"count": 5}, {"seed": -1}, {"seed": 2**32}, {"prompt": "x" * 1001}, {"quality": "huge"}):
        with pytest.raises(ClientRefusal):
            await chat.ada.command(chat.channel, "imagine", **{"prompt": "a tree", **bad})


async def test_checkpoints_complete(chat: Chat) -> None:
    run = await chat.ada.autocomplete(chat.channel, "imagine", "checkpoint", "poc")
    await run.response()
    names = [choice["name"] for choice in run.choices or []]
    assert names[0] == "pocket"
    assert set(names) <= set(shipped_checkpoints())
    run = await chat.ada.autocomplete(chat.channel, "imagine", "checkpoint", "elsewhere")
    await run.response()
    assert run.choices == []


async def test_an_unknown_checkpoint_is_named(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", checkpoint="dream")
    said = await run.message()
    assert said.ephemeral
    assert "no checkpoint called `dream`" in said.content
    assert "`pocket`" in said.content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


@pytest.mark.parametrize(
    "prompt",
    [
        "   ",
        "a \u202etree",
        "a\x07tree",
        "(" * 480 + "tree" + ")" * 480,
        "a naked woman",
        "a tree" + "".join(f"<lora:{name}:0.8>" for name in "abcde"),
        " AND ".join("abcdefghi"),
        "{a tree,}",
    ],
    ids=[
        "blank",
        "override",
        "control",
        "480 brackets",
        "sexual",
        "five LoRAs",
        "nine branches",
        "nothing in braces",
    ],
)
async def test_a_refused_prompt_gets_one_sentence_and_no_job(chat: Chat, prompt: str) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt=prompt)
    said = await run.message()
    assert said.ephemeral
    assert said.content.endswith(".")
    assert chat.channel.messages == []
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


async def test_no_prompt_pings_anyone(chat: Chat) -> None:
    prompt = f"@everyone @here {chat.ben.mention} look at **this** <#{chat.channel.id}>"
    posted = await chat.imagine(prompt, count=1, quality="draft")
    assert not posted.pings
    assert "\\*\\*this\\*\\*" in posted.content
    assert not any(chat.ben in version.mentions for version in posted.versions)


async def test_a_channel_without_permission_says_which(chat: Chat) -> None:
    chat.channel.deny(chat.guild.me, "attach_files")
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree")
    said = await run.message()
    assert said.ephemeral
    assert "Attach Files" in said.content


async def test_a_direct_message_works_too(chat: Chat) -> None:
    run = await chat.ada.command(chat.ada.dm, "imagine", prompt="a tree", count=1, quality="draft")
    posted = await run.message(is_result, within=PATIENCE)
    assert posted.attachments


async def test_frozen_noise_is_that_of_the_last_picture_in_any_size(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", freeze=True)
    assert "no picture yet" in (await run.message()).content
    await chat.imagine("a tree", count=1, seed=5, quality="draft")
    wide = await chat.imagine("a red tree", freeze=True, size="landscape (3:2)", quality="draft")
    recipe = sampled(read_recipe(wide.attachments[0].content))
    assert recipe is not None
    assert recipe.noise == Noise(seed=5, frozen=(128, 128))
    assert (recipe.width, recipe.height) == (144, 96)
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", freeze=True, seed=5)
    assert "leave out `seed`" in (await run.message()).content


async def test_habits_from_elsewhere_are_answered_with_what_there_is_here(chat: Chat) -> None:
    run = await chat.ada.command(
        chat.channel, "imagine", prompt="a red circle --ar 16:9", count=1, quality="draft"
    )
    await run.message(is_result, within=PATIENCE)
    said = await run.message(lambda message: message.ephemeral)
    assert "`size: 16:9`" in said.content or "`size: wide" in said.content
    assert len(run.ephemerals) == 1


async def test_a_ratio_is_a_size_and_takes_the_area_that_the_checkpoint_knows(chat: Chat) -> None:
    posted = await chat.imagine(count=1, size="16:9", quality="draft")
    width, height = opened(posted.attachments[0]).size
    assert width / height == pytest.approx(16 / 9, rel=0.05)
    assert width * height == pytest.approx(128 * 128, rel=0.15)


async def test_a_size_is_typed_in_pixels_or_chosen_and_what_is_none_is_a_sentence(chat: Chat) -> None:
    posted = await chat.imagine(count=1, size="96x160", quality="draft")
    assert opened(posted.attachments[0]).size == (96, 160)
    for typed, said in (
        ("0x0", "such as 64x64"),
        ("99999x1", "such as 2048x256"),
        ("9:0", "too long and thin"),
        ("@everyone", "is no size"),
    ):
        run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", size=typed)
        told = await run.message(within=PATIENCE)
        assert told.ephemeral
        assert said in told.content
        assert "@everyone" not in told.content
    assert len(await chat.studio.jobs.of_member(chat.ada.id)) == 1


async def test_fewer_than_are_asked_for_have_no_best(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", count=3, best_of=2)
    said = await run.message()
    assert said.ephemeral
    assert "Please say `best_of: 3` or more, or a smaller `count`." in said.content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
    posted = await chat.imagine("a red circle over the sea", best_of=2, quality="draft", seed=1)
    assert len((await only_record(chat)).pictures) == 2, "all of them, in their order, when no count is said"
    assert posted.attachments


async def test_a_checkpoint_of_few_steps_is_drawn_with_in_few_steps(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Usual(steps=4, guidance_scale=1.0, sampler=Sampler.EULER)
    turbo = ServedCheckpoint(name="pocket", hash="ab", side=128, usual=usual)
    monkeypatch.setattr(KnownCheckpoints, "served", lambda self, name: turbo)
    posted = await chat.imagine(count=1, seed=5)
    recipe = sampled(read_recipe(posted.attachments[0].content))
    assert recipe is not None
    assert (recipe.steps, recipe.guidance_scale, recipe.sampler) == (4, 1.0, Sampler.EULER)


@pytest.mark.slow
async def test_braces_make_a_job_each_once_their_number_and_price_are_agreed_to(idle_chat: Chat) -> None:
    chat = idle_chat
    chat.settings = chat.settings.model_copy(update={"allowance": 100})
    await chat.start_bot()
    wish: dict[str, Any] = {"count": 1, "seed": 7, "quality": "draft", "anatomy": "off: none"}
    run = await chat.ada.command(chat.channel, "imagine", prompt="a {red, blue} {house, tree}", **wish)
    asked = await run.message(lambda message: "Go ahead" in message.labels)
    assert asked.ephemeral
    assert "4 prompts, from “a red house” to “a blue tree”: 4 jobs with 4 pictures" in asked.content
    assert "This costs 4 credits, and you have 100." in asked.content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
    await asyncio.sleep(1)
    await chat.ada.press(asked, "Go ahead")
    async with asyncio.timeout(PATIENCE):
        while len(posted := [each for each in chat.channel.messages if is_result(each)]) < 4:
            await asyncio.sleep(0.05)
    recipes = [recipe_of(each) for each in posted]
    assert sorted(recipe.prompt for recipe in recipes) == [
        *("a blue house", "a blue tree", "a red house", "a red tree")
    ]
    assert {recipe.noise.seed for recipe in recipes} == {7}, "only the words differ"


async def test_wildcards_take_the_same_for_all_that_braces_list(chat: Chat) -> None:
    animals = [f"animal{place}" for place in range(40)]
    await chat.studio.notebook.write(chat.ada.id, {"kind": "wildcard", "name": "animal", "options": animals})
    houses = {"kind": "phrase", "name": "houses", "text": "｛red、blue｝ house with an __animal__"}
    await chat.studio.notebook.write(chat.ada.id, houses)
    run = await chat.ada.command(chat.channel, "imagine", prompt="{big, small} $houses", count=1)
    asked = await run.message(lambda message: "Go ahead" in message.labels)
    assert "Your braces make 4 prompts, from “big red house" in asked.content
    first, last = re.findall("animal[0-9]+", asked.content)
    assert first == last
    run = await chat.ada.command(chat.channel, "shorten", prompt="a $houses")
    assert "only `/imagine` draws more than one" in (await run.message()).content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


async def test_braces_with_a_word_that_is_refused_make_nothing(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a {red house, naked woman}", count=1)
    said = await run.message(lambda message: "naked" in message.content)
    assert said.ephemeral
    run = await chat.ada.command(chat.channel, "imagine", prompt="{1,2,3,4} {1,2,3,4,5} trees")
    assert "more than 16 prompts" in (await run.message()).content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
    assert chat.channel.messages == []
    posted = await chat.imagine("a {red} circle over the sea", count=1, quality="draft")
    assert recipe_of(posted).prompt == "a {red} circle over the sea"
