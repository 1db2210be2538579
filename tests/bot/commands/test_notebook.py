"""`/notebook`: written down, listed, brought from A1111, shared and struck out."""

from __future__ import annotations

from typing import Any

from tests.bot.conftest import PATIENCE, Chat
from tests.discord_emulator.filling import Upload
from tests.discord_emulator.people import Member


async def answer(chat: Chat, member: Member, command: str, **options: Any) -> str:
    """What a member alone is told."""
    run = await member.command(chat.channel, f"notebook {command}", **options)
    message = await run.message(within=PATIENCE)
    assert message.ephemeral
    return message.content


async def test_a_notebook_is_kept(chat: Chat) -> None:
    assert "Your notebook is empty" in await answer(chat, chat.ada, "list")
    assert "it is `$hero`" in await answer(chat, chat.ada, "phrase", name="hero", text="a knight")
    style = {"prompt": "ink drawing of {prompt}", "negative": "photo", "quality": "draft"}
    assert "it is `$ink`" in await answer(chat, chat.ada, "style", name="ink", **style)
    said = await answer(chat, chat.ada, "wildcard", name="__hue__", options="red | dark  blue|")
    assert "it is `__hue__`" in said
    listed = await answer(chat, chat.ada, "list")
    for line in ("`$hero` a knight", "`$ink` ink drawing of {prompt}; photo", "`__hue__` red; dark blue"):
        assert line in listed
    assert "Your notebook is empty" in await answer(chat, chat.ben, "list")
    shown = await answer(chat, chat.ada, "show", name="$ink")
    assert shown.splitlines() == ["`$ink`", "ink drawing of {prompt}", "photo", "draft"]
    assert "Everybody here can write `$hero`" in await answer(chat, chat.ada, "share", name="$hero")
    assert await answer(chat, chat.ben, "list") == "`$hero` a knight"
    assert "no entry called hero" in await answer(chat, chat.ben, "strike", name="hero")
    assert "Only you can write" in await answer(chat, chat.ada, "share", name="hero", shared=False)
    assert "is struck out" in await answer(chat, chat.ada, "strike", name="hero")
    assert "hero" not in await answer(chat, chat.ada, "list")


async def test_what_makes_no_sense_is_a_sentence_and_changes_nothing(chat: Chat) -> None:
    for command, options, said in (
        ("wildcard", {"name": "hue", "options": "red|__hue__"}, "names itself"),
        ("phrase", {"name": "a b", "text": "x"}, "is no name for an entry"),
        ("style", {"name": "ink", "prompt": "ink", "size": "huge"}, "is no size"),
        ("import", {"file": Upload("x.zip", b"PK")}, "a .csv or .txt file"),
        ("import", {"file": Upload("styles.csv", b"a,b\n")}, "no columns"),
        ("import", {"file": Upload("styles.csv", b"name,prompt\n")}, "no styles"),
        ("import", {"file": Upload("\U0001f98a.txt", b"red\n")}, "Please say with `name`"),
        ("import", {"file": Upload("styles.csv", b"name,prompt\nB,x\n"), "name": "b"}, "leave out `name`"),
        ("import", {"file": Upload("hues.txt", b"red\n"), "name": "\U0001f98a"}, "is no name for an entry"),
        ("share", {"name": "nothing"}, "no entry called nothing"),
    ):
        assert said in await answer(chat, chat.ada, command, **options)
    await answer(chat, chat.ada, "phrase", name="bad", text="a naked woman")
    assert "naked" in await answer(chat, chat.ada, "share", name="bad")
    assert await chat.studio.notebook.read(chat.ben.id, chat.guild.id) == []
    table = b"name,prompt,negative_prompt\nInk Wash,ink,photo\nB,x,\n"
    assert "`$Ink-Wash`, `$B`" in await answer(chat, chat.ada, "import", file=Upload("styles.csv", table))
    table = b"name,prompt\nC,c\nD," + b"d" * 1200 + b"\n"
    said = await answer(chat, chat.ada, "import", file=Upload("styles.csv", table))
    assert "it is `$C`.\nThis is left out:\nLine 3, D: The entry has 1,200 characters" in said
    said = await answer(chat, chat.ada, "import", file=Upload("styles.csv", b"name,prompt\nE,$e\n"))
    assert said.startswith("Nothing of that file was written down.\nLine 2, E: ")
    hues = Upload("hues.txt", b"red\nblue\n")
    fox = {"file": Upload("\U0001f98a.txt", b"red\n"), "name": "__fox__"}
    assert "`__fox__`" in await answer(chat, chat.ada, "import", **fox)
    assert "`__hues__`" in await answer(chat, chat.ada, "import", file=hues)


async def test_what_is_written_anew_stays_shared_and_tells_what_it_replaces(chat: Chat) -> None:
    await answer(chat, chat.ada, "phrase", name="hero", text="a knight")
    await answer(chat, chat.ada, "share", name="hero")
    again = await answer(chat, chat.ada, "phrase", name="hero", text="a knight")
    assert again == "Written down. In a prompt it is `$hero`."
    assert (await answer(chat, chat.ada, "phrase", name="Ｈero", text="a fox")).splitlines() == [
        "Written down. In a prompt it is `$Hero`.",
        "Everybody can still write `$Hero`.",
        "It replaces what was there before:",
        "`$hero` a knight",
    ]
    assert await answer(chat, chat.ben, "list") == "`$Hero` a fox"
    table = Upload("styles.csv", b"name,prompt\nhero,in ink\n")
    assert "before:\n`$Hero` a fox" in await answer(chat, chat.ada, "import", file=table)
    assert await answer(chat, chat.ben, "list") == "`$hero` in ink"
    said = await answer(chat, chat.ada, "phrase", name="hero", text="a naked woman")
    assert "Only you can write `$hero` into a prompt now. " in said
    assert "naked" in said
    assert "Your notebook is empty" in await answer(chat, chat.ben, "list")


async def test_a_long_notebook_is_listed_whole(chat: Chat) -> None:
    rows = "".join(f"Style {place:02},{'a thing ' * 12}{{prompt}},\n" for place in range(60))
    await answer(chat, chat.ada, "import", file=Upload("styles.csv", f"name,prompt\n{rows}".encode()))
    run = await chat.ada.command(chat.channel, "notebook list")
    listed = await run.message(within=PATIENCE)
    assert listed.ephemeral
    shown = listed.content.count("`$Style-")
    assert f"These are {shown} of 60 entries" in listed.content
    (file,) = listed.attachments
    whole = file.content.decode().splitlines()
    assert [line.split()[0] for line in whole] == [f"$Style-{place:02}" for place in range(60)]
