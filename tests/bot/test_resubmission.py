"""What a button repeats is made by the same checkpoint and handed over in the same way."""

from __future__ import annotations

from storage.manner import Manner
from tests.bot.conftest import PATIENCE, Chat, is_result


async def test_a_button_repeats_on_the_checkpoint_and_in_the_manner_of_the_job_before(chat: Chat) -> None:
    run = await chat.ada.command(
        chat.channel, "imagine", prompt="a red circle", count=1, quality="draft", result="only for me"
    )
    shown = await run.message(is_result, within=PATIENCE)
    again = await chat.ada.press(shown, "Reroll")
    assert (await again.message(is_result, within=PATIENCE)).ephemeral
    second, first = await chat.studio.jobs.of_member(chat.ada.id)
    assert second.job.checkpoint == first.job.checkpoint
    assert second.origin.manner is Manner.PRIVATE
    assert second.origin.source_message_id == shown.id
