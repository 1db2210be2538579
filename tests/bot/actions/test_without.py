"""Try without: one press takes the prompt without what was refused."""

from __future__ import annotations

from tests.bot.actions.test_report import told
from tests.bot.conftest import PATIENCE, Chat, is_result, only_record
from tests.conftest import imagined


async def test_one_press_draws_the_rest_of_the_prompt(chat: Chat) -> None:
    options = {"prompt": "a red circle, tom hanks, over the sea", "count": 1, "quality": "draft", "seed": 7}
    run = await chat.ada.command(chat.channel, "imagine", **options)
    refusal = await run.message(lambda message: message.ephemeral, PATIENCE)
    assert "tom hanks" in refusal.content
    await chat.stop_bot()
    await chat.start_bot()
    pressed = await chat.ada.press(refusal, "Try without “tom hanks”")
    posted = await pressed.message(is_result, PATIENCE)
    assert "a red circle, over the sea" in posted.content
    assert imagined((await only_record(chat)).job).noises[0].seed == 7

    assert chat.client.studio.redis.delete(*chat.client.studio.redis.keys("darkroom:refused:*"))
    assert "no longer have" in await told(await chat.ada.press(refusal, "Try without “tom hanks”"))
