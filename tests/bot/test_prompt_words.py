"""What is offered while a prompt is typed."""

from __future__ import annotations

from bot.actions.cancel import stop
from storage.add_ons import add_ons_for
from storage.records.embeddings import EmbeddingState
from tests.bot.conftest import PATIENCE, Chat, eventually
from tests.bot.test_embeddings import added


async def test_the_last_word_is_completed(chat: Chat) -> None:
    await eventually(lambda: add_ons_for(chat.studio.redis, "pocket"))
    await added(chat, "pock-marks", chat.ben)
    await added(chat, "pocus", chat.ben, state=EmbeddingState.PRIVATE)
    await chat.studio.notebook.write(chat.ada.id, {"kind": "phrase", "name": "hero", "text": "a knight"})
    await chat.studio.notebook.write(chat.ada.id, {"kind": "wildcard", "name": "hue", "options": ["red"]})
    for typed, offered in (
        ("a cat, poc", ["a cat, <pock-marks>", "a cat, <lora:pocket-sketch:1>"]),
        ("a (<Pock", ["a (<pock-marks>", "a (<lora:pocket-sketch:1>"]),
        ("a <lora:poc", ["a <lora:pocket-sketch:1>"]),
        ("$h", ["$hero"]),
        ("a __H", ["a __hue__"]),
        ("赤い＿＿h", ["赤い__hue__"]),
        ("{赤い__hue__の＄ｈ", ["{赤い__hue__の$hero"]),
        ("a cat ", []),
        ("x" * 90 + " pock", []),
    ):
        run = await chat.ada.autocomplete(chat.channel, "imagine", "prompt", typed)
        assert [each["value"] for each in (await run.response()).choices or ()] == offered


async def test_it_is_completed_wherever_the_notebook_is_known(chat: Chat) -> None:
    await chat.studio.notebook.write(chat.ada.id, {"kind": "phrase", "name": "hero", "text": "a knight"})
    for command, option in (("blend", "prompt"), ("edit", "from"), ("edit", "to"), ("shorten", "prompt")):
        run = await chat.ada.autocomplete(chat.channel, command, option, "a $h")
        assert [each["value"] for each in (await run.response()).choices or ()] == ["a $hero"]


async def test_last_prompts_are_offered_to_whoever_asked_for_them(chat: Chat) -> None:
    for prompt in ("a red boat", "a blue star", "a red boat", "a tree, " * 15):
        run = await chat.ada.command(chat.channel, "imagine", prompt=prompt)
        await run.message(lambda message: "Cancel" in message.labels, within=PATIENCE)
        await stop(chat.studio, (await chat.studio.jobs.of_member(chat.ada.id))[0].job)
    for typed, offered in (
        ("", ["a red boat", "a blue star"]),
        ("BLUE ", ["a blue star"]),
        ("a red boat", []),
        ("a green", []),
    ):
        run = await chat.ada.autocomplete(chat.channel, "imagine", "prompt", typed)
        assert [each["value"] for each in (await run.response()).choices or ()] == offered
    run = await chat.ben.autocomplete(chat.channel, "imagine", "prompt", "")
    assert (await run.response()).choices == []
