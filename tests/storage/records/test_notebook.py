from __future__ import annotations

from storage.database import Database
from storage.records.notebook import MOST_EACH, NotebookRecords, Noted
from tests.storage.conftest import GUILD, MEMBER

FRIEND = MEMBER + 1


def an_entry(name: str, text: str = "in ink") -> dict[str, str]:
    return {"kind": "phrase", "name": name, "text": text}


async def test_entries_are_a_members_own_until_they_are_shared(database: Database) -> None:
    notebook = NotebookRecords(database)
    assert await notebook.write(MEMBER, an_entry("Ink"), an_entry("sea"))
    assert await notebook.write(MEMBER, an_entry("INK", "in blue ink"))
    own = [Noted(an_entry("INK", "in blue ink"), MEMBER, None), Noted(an_entry("sea"), MEMBER, None)]
    assert await notebook.read(MEMBER, GUILD) == await notebook.read(MEMBER, None) == own
    assert await notebook.read(FRIEND, GUILD) == []
    await notebook.share(MEMBER, "ink", GUILD)
    assert await notebook.read(FRIEND, GUILD) == [Noted(an_entry("INK", "in blue ink"), MEMBER, GUILD)]
    assert await notebook.read(FRIEND, GUILD + 1) == []
    await notebook.write(FRIEND, an_entry("ink", "in red ink"))
    assert [noted.member_id for noted in await notebook.read(FRIEND, GUILD)] == [FRIEND]
    await notebook.write(MEMBER, an_entry("ink", "rewritten"))
    assert [noted.server_id for noted in await notebook.read(MEMBER, GUILD)] == [GUILD, None]
    assert await notebook.strike(MEMBER, "Ink")
    assert not await notebook.strike(MEMBER, "ink")


async def test_a_notebook_has_an_end(database: Database) -> None:
    notebook = NotebookRecords(database)
    entries = [an_entry(f"e{number}") for number in range(MOST_EACH)]
    assert await notebook.write(MEMBER, *entries)
    assert await notebook.write(MEMBER, *entries[:3])
    assert not await notebook.write(MEMBER, an_entry("one more"))
