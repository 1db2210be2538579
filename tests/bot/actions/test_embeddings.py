"""The gallery's pages and buttons."""

from __future__ import annotations

from storage.carry_over import Likeness
from storage.records.defaults import Defaults
from storage.records.embeddings import Preview
from tests.bot.conftest import PATIENCE, Chat
from tests.bot.test_attachments import SEA
from tests.bot.test_embeddings import added
from tests.storage.intake.files import written


async def test_the_gallery_has_pages_pictures_and_buttons_that_survive_restarts(chat: Chat) -> None:
    preview = Preview(blob=await chat.studio.blobs.aput(written(SEA)), alt="a round thing over the sea")
    for number in range(6):
        await added(chat, f"zorbo-{number}", chat.ben, previews=(preview,) if number == 5 else ())
    run = await chat.ada.command(chat.channel, "embeddings browse")
    gallery = await run.message(within=PATIENCE)
    assert gallery.ephemeral
    there = [f"**zorbo-{number}** by ben" in gallery.render() for number in range(6)]
    assert there == [True] * 4 + [False] * 2
    await chat.stop_bot()
    await chat.start_bot()
    await chat.ada.press(gallery, "Next")
    await gallery.wait(lambda message: "Page 2 of 2" in message.render(), PATIENCE)
    assert "zorbo" in gallery.render()
    assert len(gallery.attachments) == 1
    assert "a round thing over the sea" in str(gallery.components)
    shows = [each for each in gallery.buttons if each.get("label") == "Show"]
    shown = await (await chat.ada.press(gallery, shows[-1]["custom_id"])).message(within=PATIENCE)
    assert "Licence: CC0-1.0" in shown.render()
    tried = await chat.ada.press(shown, "Try it")
    assert "zorbo-5" in (await tried.message(within=PATIENCE)).content
    record = await chat.studio.embeddings.named(chat.guild.id, "zorbo-5")
    assert record is not None
    await chat.studio.embeddings.withdraw(record.id)
    gone = await (await chat.ada.press(gallery, shows[-1]["custom_id"])).message(within=PATIENCE)
    assert "it was withdrawn" in gone.content


async def test_a_word_that_was_carried_over_is_tried_as_the_server_draws_it(chat: Chat) -> None:
    studio, word = chat.studio, await added(chat, "zorbo", chat.ben)
    await studio.carry_overs.begin(word.id, "pocket-2")
    (begun,) = await studio.carry_overs.begun()
    assert word.file is not None
    await studio.carry_overs.finish(begun.job_id, word.file, Likeness(before=0.5, after=0.5))
    for usual in ("pocket", "pocket-2"):
        await studio.defaults.set(chat.guild.id, Defaults(checkpoint=usual))
        run = await chat.ada.command(chat.channel, "embeddings try", name="zorbo")
        await run.message(within=PATIENCE)
        assert (await studio.jobs.of_member(chat.ada.id))[0].job.checkpoint == usual
