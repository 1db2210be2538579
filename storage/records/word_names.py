"""The names of words in a server: one at a time has each, or a training that is to give it to one."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.told import Told
from storage.tables import EmbeddingRow, JobRow, table_of
from storage.training import Train

_EMBEDDINGS, _JOBS = table_of(EmbeddingRow), table_of(JobRow)
_KIND = Train.model_fields["kind"].default
_TASK = _JOBS.c.job["task"]


class NameTaken(ValueError):
    """The server has a word of that name, or one is being trained; the message is a sentence."""


async def refuse_taken(db: AsyncConnection, server_id: int, name: str, *, but: str = "") -> None:
    """Raise NameTaken for a name that is taken in a server, whatever the case.

    `but` is the id of the training that the name is asked for. Of others it is taken from when they are
    recorded until it is said what became of them.
    """
    folded = name.casefold()
    has_it = exists().where(
        _EMBEDDINGS.c.server_id == server_id,
        _EMBEDDINGS.c.folded == folded,
        _EMBEDDINGS.c.state != "withdrawn",
    )
    if (await db.execute(select(has_it))).scalar_one():
        raise NameTaken(already_there(name))
    begun = select(_TASK["word"].as_string()).where(
        _JOBS.c.server_id == server_id,
        _JOBS.c.state.in_(("queued", "finished")),
        _JOBS.c.id != but,
        _TASK["kind"].as_string() == _KIND,
    )
    asked = (await db.execute(begun)).scalars().all()
    if any(word.casefold() == folded for word in asked):
        raise NameTaken(Told("The word {word} is being trained already.", word=name))


def already_there(name: str) -> Told:
    """Say that a server has a word of that name."""
    return Told("This server has an embedding called {name} already. Please choose another name.", name=name)
