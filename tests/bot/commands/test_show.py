"""`/show`: a picture once more."""

from __future__ import annotations

from tests.bot.conftest import PATIENCE, Chat, is_result, link_to


async def test_a_picture_is_found_by_link_file_job_and_seed(chat: Chat) -> None:
    first = await chat.imagine("a green star in the desert", count=1, seed=77, quality="draft")
    (file,) = first.attachments
    job = file.filename.split("-")[1]
    for said in (None, link_to(chat, first), file.filename, job, "77"):
        options = {"picture": said} if said else {}
        run = await chat.ada.command(chat.channel, "show", **options)
        shown = await run.message(is_result, within=PATIENCE)
        assert not shown.ephemeral
        assert shown.content.startswith("**a green star in the desert** — picture 1"), said
        assert shown.attachments[0].content == file.content
        assert "Vary strong" in shown.labels
