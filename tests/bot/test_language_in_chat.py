"""What members read who speak other languages: all that the bot says to them, and not a word of English."""

from __future__ import annotations

import re
from typing import Any

import pytest
from PIL import Image

from tests.bot.conftest import PATIENCE, Chat
from tests.bot.test_attachments import upload
from tests.discord_emulator.interactions import InteractionRun
from tests.discord_emulator.messages import Message

ENGLISH = re.compile(
    r"\b(the|of|to|with|your|this|that|is|are|were|not|picture|pictures|queue|done|cancel|delete|again|seed"
    r"|steps|guidance|reroll|faces|describe|please|change|made|what|how|strength|may|words|first|best|from)\b",
    re.IGNORECASE,
)
UNSAID = re.compile(r"https?://\S+|`/?[^`]*`|Guidance|the left hand(, |、)the sky")
SQUARE, SMALL = (upload(Image.new("RGB", (side, side), "white")) for side in (64, 8))
PROMPT = "ein (roter:1.5) Kreis"


def texts(thing: Any) -> list[str]:
    """Everything that is read in a form, a message or a part of one."""
    if isinstance(thing, list):
        return [text for each in thing for text in texts(each)]
    if not isinstance(thing, dict):
        return []
    read = ("title", "label", "placeholder", "description", "content")
    mine = [thing[key] for key in read if isinstance(thing.get(key), str)]
    return mine + [text for value in thing.values() for text in texts(value)]


def all_in(message: Message) -> list[str]:
    return [
        message.content,
        *texts(message.components),
        *(each.description or "" for each in message.attachments),
    ]


def check(*said: str) -> None:
    """Fail for an English word; examples of what the models understand are English everywhere."""
    for text in said:
        plain = re.sub(
            r"https?://\S+|`/?[^`]*`|Guidance|the left hand(, |、)the sky", "", text.replace(PROMPT, "")
        )
        assert not ENGLISH.search(plain), f"{ENGLISH.search(plain)} in {text!r}"


@pytest.fixture
async def german(idle_chat: Chat) -> Chat:
    """A German server whose Ada speaks German, and whose Ben speaks Japanese."""
    idle_chat.guild.locale = "de"
    idle_chat.ada.user.locale = "de"
    idle_chat.ben.user.locale = "ja"
    await idle_chat.start_bot()
    return idle_chat


async def answer(run: InteractionRun) -> str:
    return (await run.message(lambda message: message.ephemeral)).content


def has_button(label: str) -> Any:
    return lambda message: label in message.labels


@pytest.mark.slow
async def test_a_german_server_reads_german_under_its_pictures(german: Chat) -> None:
    run = await german.ada.command(
        german.channel, "imagine", prompt=PROMPT, count=2, best_of=3, quality="draft", anatomy="off: none"
    )
    waiting = await run.message(has_button("Abbrechen"))
    check(*all_in(waiting))
    grid = await run.message(has_button("Neu würfeln"), within=PATIENCE)
    check(*all_in(grid))
    assert "Guidance 4,5 · Startzahl" in grid.content
    assert "die besten von 3, das beste zuerst" in grid.content
    (file,) = grid.attachments
    assert file.description == f"2 Bilder: {PROMPT}"
    for version in grid.versions:
        check(version.content)

    alone = await (await german.ben.press(grid, "U1")).message(has_button("Stark verändern"), within=PATIENCE)
    assert "— Bild 1" in alone.content
    check(*all_in(alone))


async def test_whoever_presses_is_answered_in_their_own_language(german: Chat) -> None:
    run = await german.ada.command(
        german.channel, "imagine", prompt=PROMPT, count=2, best_of=3, quality="draft", anatomy="off: none"
    )
    grid = await run.message(has_button("Neu würfeln"), within=PATIENCE)
    assert (await answer(await german.ada.press(grid, "Wie wurde das gelesen?"))).startswith(
        "Graue Worte zählen"
    )
    assert (await answer(await german.ben.press(grid, "Wie wurde das gelesen?"))).startswith("灰色の言葉は")
    ranked = await answer(await german.ada.press(grid, "Wie wurde gewertet?"))
    assert ranked.startswith("Die besten von 3, das beste zuerst:")
    check(ranked)
    assert "2. " in ranked
    assert await answer(await german.ben.press(grid, "Löschen")) == (
        "削除することができるのは、頼んだ本人かモデレーターです。"
    )
    alone = await (await german.ada.press(grid, "U2")).message(has_button("Neu zeichnen"), within=PATIENCE)
    for member, title in ((german.ada, "Dieses Bild neu zeichnen"), (german.ben, "この画像を描き直す")):
        opened = await (await member.press(alone, "Neu zeichnen")).response()
        assert opened.modal is not None
        assert opened.modal["title"] == title
        check(*texts(opened.modal))
    refused = await german.ben.submit_modal(opened, {"prompt": "x", "strength": "*9*"})
    assert await answer(refused) == "強さは 0.01 から 1 までの数（例：0.5）です。「\\*9\\*」は使えません。"


async def test_refusals_and_hints_are_in_the_members_language(german: Chat) -> None:
    ada, channel = german.ada, german.channel

    async def asked(name: str, **options: object) -> str:
        said = await answer(await ada.command(channel, name, **options))
        check(said.replace("--ar 16:9", ""))
        return said

    assert await asked("jobs") == "Du hast noch keine Aufträge. Probier `/zeichne`."
    assert (await asked("imagine", prompt="naked")).startswith("„naked“ liest sich wie Nacktheit oder Sex")
    five = "".join(f"<lora:{name}:1>" for name in "abcde")
    assert (await asked("imagine", prompt=five)).startswith("Der Prompt nennt mehr als 4 LoRAs")
    assert (await asked("imagine", prompt="x <lora:tusche:1>")).startswith(
        "Ein LoRA namens tusche gibt es auf dieser Farm nicht."
    )
    assert "Die Maske hat 8 x 8 Pixel" in await asked("imagine", prompt="x", image=SQUARE, mask=SMALL)
    assert (await asked("imagine", prompt="x", checkpoint="sd*")).startswith(
        "Diese Farm hat kein Modell namens `sd\\*`. Sie bietet `pocket"
    )
    assert "`auswahl`" in await asked("imagine", prompt="x", freeze=True, best_of=2)
    assert (await asked("policy show")).startswith("**sfw**: nichts Sexuelles, keine Nacktheit")
    said = await answer(await german.moderator.command(channel, "policy show"))
    assert said.startswith("**sfw**: nothing sexual, no nudity"), "this member speaks English"
    run = await ada.command(channel, "imagine", prompt="x --ar 16:9", count=1, quality="draft")
    hint = await run.message(lambda message: message.ephemeral, within=PATIENCE)
    said = "\\--ar 16:9 wird als Worte gezeichnet: die Form des Bildes sagt man mit `format: 16:9`."
    assert hint.content == said


async def test_what_a_worker_could_not_do_is_told_in_german(german: Chat) -> None:
    run = await german.ada.command(
        german.channel, "imagine", prompt=PROMPT, image=SQUARE, mask_words="Zebra*", count=1, quality="draft"
    )
    told = await run.message(lambda message: "Zebra" in message.content, within=PATIENCE)
    assert "„Zebra\\*“ konnte ich auf diesem Bild nicht finden" in told.content
    assert told.content.endswith("Es hat dich nichts gekostet.")
    listed = await answer(await german.ben.command(german.channel, "jobs"))
    assert listed == "まだジョブがありません。`/画像生成` を試してください。"
    listed = await answer(await german.ada.command(german.channel, "jobs"))
    assert "[gescheitert](" in listed
    assert "„Zebra\\*“ konnte ich" in listed
    check(listed)
