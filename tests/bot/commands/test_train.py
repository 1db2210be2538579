"""`/train`, as members use it: a word, the pictures that show it, its file, and what cannot be learned."""

from __future__ import annotations

import asyncio
import io
from typing import Any
from unittest.mock import AsyncMock

import pytest
from PIL import Image
from safetensors.numpy import load

from bot.trained import keep_word
from storage.manner import Manner
from storage.records.defaults import Defaults
from storage.records.embeddings import EmbeddingState
from storage.records.jobs import RowState
from storage.records.origin import Origin
from storage.training import Train
from storage.training_notes import TrainingNotes
from tasks.train import new_training
from tests.benchmarks.subjects import OBJECTS, pictures_of
from tests.bot.commands.test_embeddings import a_file, answer
from tests.bot.conftest import PATIENCE, Chat, eventually, is_result, only_record, settled
from tests.bot.test_attachments import BARE, upload
from tests.bot.test_embeddings import added, red_circle
from tests.conftest import a_job
from tests.discord_emulator.filling import ClientRefusal, Upload
from tests.discord_emulator.interactions import InteractionRun
from tests.discord_emulator.messages import Message

PICTURES = pictures_of(OBJECTS[0], seed=1)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have few steps made, few looks and one phrase asked for, so that nothing is taken back again."""
    monkeypatch.setattr("tasks.train.STEPS", 3)
    monkeypatch.setattr("gpuworker.stages.examples._NAMES", 1)
    monkeypatch.setattr("gpuworker.training.trainer._LOOKS", 1)


def shows_word(message: Message) -> bool:
    return any(file.filename.endswith(".safetensors") for file in message.attachments)


def attached(pictures: list[Image.Image]) -> dict[str, Upload]:
    return {f"picture{place}": upload(picture) for place, picture in enumerate(pictures, start=1)}


def is_captioned(message: Message) -> bool:
    return "Correct the captions" in message.labels


@pytest.mark.slow
async def test_pictures_become_a_word_that_its_author_draws_with(chat: Chat) -> None:
    asked = await chat.ada.command(chat.channel, "train", word="zorp", vectors=2, **attached(PICTURES[:3]))
    run = await chat.ada.press(await asked.message(is_captioned, within=PATIENCE), "Train")
    posted = await run.message(shows_word, within=PATIENCE)
    (captioned,) = asked.messages
    assert captioned.ephemeral, "what I see in their pictures is the member's own business"
    assert captioned.labels == [], "and Train is pressed once"
    assert "A word from 3 pictures: zorp" in posted.content
    assert "Write `zorp` in a prompt" in posted.content
    assert "Reroll" not in posted.labels
    _, sheet, file = posted.attachments
    assert (sheet.filename, file.filename) == ("zorp-training.png", "zorp.safetensors")
    assert load(file.content)["emb_params"].shape[0] == 2
    assert Image.open(io.BytesIO(sheet.content)).width > 400
    record = (await chat.studio.jobs.of_member(chat.ada.id))[0]
    assert record.origin.guild_id is not None
    kept = await chat.studio.embeddings.named(record.origin.guild_id, "Zorp")
    assert kept is not None
    assert (kept.owner_id, kept.state, kept.vectors) == (chat.ada.id, EmbeddingState.PRIVATE, 2)

    run = await chat.ada.command(
        chat.channel, "imagine", prompt="a zorp in the snow", quality="draft", count=1
    )
    drawn = await run.message(is_result, within=PATIENCE)
    assert "a zorp in the snow" in drawn.content
    assert (await chat.studio.jobs.of_member(chat.ada.id))[0].pictures[0].recipe.embeddings == {
        "zorp": kept.file
    }
    run = await chat.ben.command(chat.channel, "train", word="ZORP", **attached(PICTURES[:3]))
    told = await run.message(lambda message: "already" in message.content, within=PATIENCE)
    assert told.ephemeral
    assert "There is a word ZORP here already" in told.content


@pytest.mark.slow
async def test_a_word_is_shown_to_its_author_alone_if_they_like(chat: Chat) -> None:
    """As the option says, by command and by form, or else as all of theirs is."""
    await form_of(opening := await chat.ada.command(chat.channel, "train", word="zorp", result="only for me"))
    asked = await chat.ada.submit_modal(opening, {"pictures": [upload(each) for each in PICTURES[:3]]})
    run = await chat.ada.press(await asked.message(is_captioned, within=PATIENCE), "Train")
    assert (await run.message(shows_word, within=PATIENCE)).ephemeral
    await chat.studio.defaults.set(chat.ben.id, Defaults(result=Manner.PRIVATE))
    asked = await chat.ben.command(chat.channel, "train", word="glix", **attached(PICTURES[:3]))
    run = await chat.ben.press(await asked.message(is_captioned, within=PATIENCE), "Train")
    assert (await run.message(shows_word, within=PATIENCE)).ephemeral


@pytest.mark.slow
async def test_a_word_of_a_member_who_left_is_there_when_they_return(chat: Chat) -> None:
    """It is posted for those who stay; nobody draws with it, since its author has not published it."""
    asked = await chat.ada.command(chat.channel, "train", word="zorp", **attached(PICTURES[:3]))
    run = await chat.ada.press(await asked.message(is_captioned, within=PATIENCE), "Train")
    chat.ada.leave()
    assert (await run.message(shows_word, within=PATIENCE)).attachments
    of_others = await chat.studio.embeddings.usable(chat.guild.id, chat.ben.id)
    assert of_others == []
    returned = chat.guild.join(chat.ada.user)
    assert [word.name for word in await chat.studio.embeddings.usable(chat.guild.id, returned.id)] == ["zorp"]
    drawn = await returned.command(chat.channel, "imagine", prompt="a zorp", quality="draft", count=1)
    await drawn.message(is_result, within=PATIENCE)


@pytest.mark.slow
async def test_members_train_loras_unless_the_operator_forbids_them(idle_chat: Chat) -> None:
    usual = idle_chat.settings
    idle_chat.settings = usual.model_copy(update={"member_loras": False})
    await idle_chat.start_bot()
    asking = {"word": "zorp", "kind": "style", "lora": True}
    run = await idle_chat.ada.command(idle_chat.channel, "train", **asking, **attached(PICTURES[:3]))
    assert "no LoRAs" in (await run.message(within=PATIENCE)).content

    await idle_chat.stop_bot()
    idle_chat.settings = usual
    await idle_chat.start_bot()
    del asking["lora"]  # which is usual for a style
    asked = await idle_chat.ada.command(idle_chat.channel, "train", **asking, **attached(PICTURES[:3]))
    run = await idle_chat.ada.press(await asked.message(is_captioned, within=PATIENCE), "Train")
    posted = await run.message(shows_word, within=PATIENCE)
    assert "A LoRA from 3 pictures: zorp" in posted.content
    assert "Write `<lora:zorp:0.8>` in a prompt" in posted.content
    assert all(name.startswith("lora_unet_") for name in load(posted.attachments[-1].content))

    shown = await idle_chat.ada.command(idle_chat.channel, "embeddings show", name="zorp")
    assert "a LoRA of rank 4" in (await shown.message(within=PATIENCE)).render()
    asking = {"prompt": "a house <lora:zorp:0.8>", "quality": "draft", "count": 1}
    run = await idle_chat.ada.command(idle_chat.channel, "imagine", **asking)
    await run.message(is_result, within=PATIENCE)
    drawn = (await idle_chat.studio.jobs.of_member(idle_chat.ada.id))[0].pictures[0].recipe
    assert list(drawn.loras) == ["zorp"]
    run = await idle_chat.ben.command(idle_chat.channel, "imagine", **asking)
    told = await run.message(lambda message: bool(message.content), within=PATIENCE)
    assert "no LoRA called zorp" in told.content, "it is Ada's until she publishes it"


async def form_of(opening: InteractionRun) -> Any:
    """The form that was opened."""
    async with asyncio.timeout(PATIENCE):
        while opening.modal is None:
            await asyncio.sleep(0.05)
    return opening.modal


async def correct(chat: Chat, message: Message, captions: str) -> InteractionRun:
    """Open the form under proposed captions, and fill it in."""
    await form_of(opening := await chat.ada.press(message, "Correct the captions"))
    return await chat.ada.submit_modal(opening, {"captions": captions})


@pytest.mark.slow
async def test_captions_are_corrected_before_anything_is_trained(chat: Chat) -> None:
    await form_of(opening := await chat.ada.command(chat.channel, "train", word="glix", kind="character"))
    asked = await chat.ada.submit_modal(opening, {"pictures": [upload(each) for each in PICTURES[:3]]})
    captioned = await asked.message(is_captioned, within=PATIENCE)
    assert "Pictures for the word glix" in captioned.content
    assert [file.filename for file in captioned.attachments] == ["glix-pictures.png"]
    record = await settled(chat, RowState.POSTED)
    assert record.description is not None

    await chat.stop_bot()
    await chat.start_bot()
    form = await form_of(await chat.ada.press(captioned, "Correct the captions"))
    assert form["components"][0]["component"]["value"].split("\n") == list(record.description.captions)
    for said, why in (("a\nb\nc\nd", "4 lines for 3 pictures"), ("naked people", "nudity")):
        told = await (await correct(chat, captioned, said)).message(within=PATIENCE)
        assert why in told.content
    run = await correct(chat, captioned, "on a *table*\n\nat night")
    corrected = await run.message(lambda message: "at night" in message.content, within=PATIENCE)
    assert "1. on a \\*table\\*\n2. *nothing that I have words for*\n3. at night" in corrected.content

    run = await chat.ada.press(corrected, "Train")
    waiting = await run.message(lambda message: "Cancel" in message.labels, within=PATIENCE)
    trained, _ = await chat.studio.jobs.of_member(chat.ada.id)
    assert isinstance(trained.job.task, Train)
    assert [each.caption for each in trained.job.task.examples] == ["on a *table*", "", "at night"]
    assert trained.job.task.subject == "character"
    # Nobody waits for it, and the worker is everybody's.
    notes = TrainingNotes(chat.studio.redis, chat.studio.blobs)
    notes.note(trained.job.id, b"how far it is")
    await chat.ada.press(waiting, "Cancel")
    await run.message(lambda message: "Cancelled" in message.content, within=PATIENCE)
    assert notes.read(trained.job.id) is None, "nobody goes on from there"


async def test_captions_are_their_members_and_pictures_that_are_not_wanted_after_all_go(chat: Chat) -> None:
    asked = await chat.ada.command(chat.channel, "train", word="zorp", **attached(PICTURES[:3]))
    captioned = await asked.message(is_captioned, within=PATIENCE)
    await chat.ada.press(captioned, "Cancel")
    await eventually(lambda: not asked.messages)
    record = await only_record(chat)
    await eventually(lambda: not any(map(chat.studio.blobs.has, record.job.task.sources)))


@pytest.mark.slow
async def test_two_members_do_not_learn_for_the_same_name_at_once(chat: Chat) -> None:
    captioned = {}
    for member, word in ((chat.ada, "zorp"), (chat.ben, "Zorp")):
        asked = await member.command(chat.channel, "train", word=word, **attached(PICTURES[:3]))
        captioned[member] = await asked.message(is_captioned, within=PATIENCE)
    run = await chat.ada.press(captioned[chat.ada], "Train")
    waiting = await run.message(lambda message: "Cancel" in message.labels, within=PATIENCE)
    told = await (await chat.ben.press(captioned[chat.ben], "Train")).message(within=PATIENCE)
    assert "The word Zorp is being trained already" in told.content
    said = await answer(chat, chat.ben, "import", file=a_file(red_circle()), name="zorp", licence="CC0-1.0")
    assert "The word zorp is being trained already" in said, "nor does anybody bring one of that name"
    await chat.ada.press(waiting, "Cancel")
    await run.message(lambda message: "Cancelled" in message.content, within=PATIENCE)
    run = await chat.ben.press(captioned[chat.ben], "Train")
    waiting = await run.message(lambda message: "Cancel" in message.labels, within=PATIENCE)
    await chat.ben.press(waiting, "Cancel")
    await run.message(lambda message: "Cancelled" in message.content, within=PATIENCE)


@pytest.mark.slow
async def test_a_word_that_is_lost_is_said_to_be_and_costs_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await chat.ada.command(chat.channel, "train", word="zorp", **attached(PICTURES[:3]))
    run = await chat.ada.press(await asked.message(is_captioned, within=PATIENCE), "Train")
    await run.message(lambda message: "Cancel" in message.labels, within=PATIENCE)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("storage.records.embeddings.refuse_taken", AsyncMock())
        await added(chat, "Zorp", chat.ben)
    told = await run.message(lambda message: "meanwhile" in message.content, within=PATIENCE)
    assert "got the name zorp" in told.content
    assert "It cost you nothing" in told.content
    assert told.attachments == []
    (record, _) = await chat.studio.jobs.of_member(chat.ada.id)
    assert record.credits == 0


async def test_words_are_trained_in_servers(chat: Chat) -> None:
    """In a direct message there is nothing that a word could belong to."""
    with pytest.raises(ClientRefusal, match="does not exist in this kind of channel"):
        await chat.ada.command(chat.ada.dm, "train", word="zorp", **attached(PICTURES[:3]))
    task = new_training("zorp", [digit * 64 for digit in "abc"])
    job = a_job().model_copy(update={"task": task})
    alone = Origin(guild_id=None, channel_id=1, member_id=chat.ada.id, token=None, token_expires_at=None)
    await chat.studio.jobs.add(job, alone)
    record = await chat.studio.jobs.get(job.id)
    assert record is not None
    assert "belongs to a server" in (await keep_word(chat.studio, record, None, "Ada") or "")


async def test_what_cannot_be_learned_is_one_sentence_and_no_job(chat: Chat) -> None:
    three = attached(PICTURES[:3])
    for word, pictures, said in (
        ("zorp", attached(PICTURES[:2]), "3 to 10 pictures, and this is 2"),
        ("zorp", attached([PICTURES[0]] * 5), "too few different pictures"),
        ("zorp", {**three, "picture4": Upload("film.mp4", b"\0\0\0\x18ftypmp42")}, "no picture"),
        ("z" * 200, three, "2 to 32 letters"),
        ("🦊🦊", three, "2 to 32 letters"),
        ("house", three, "a word that prompts use"),
        ("naked", three, "another name"),
    ):
        run = await chat.ada.command(chat.channel, "train", word=word, **pictures)
        told = await run.message(lambda message: bool(message.content), within=PATIENCE)
        assert said in told.content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


async def test_a_picture_that_the_policy_forbids_teaches_nothing(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "train", word="zorp", **attached([*PICTURES[:3], BARE]))
    said = await run.message(lambda message: "held against you" in message.content, within=PATIENCE)
    assert not shows_word(said)
