"""The words that members of a server made or brought: who may use them, what others think of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.expression import ColumnElement

from storage.database import Database
from storage.manner import Manner
from storage.records.blob_uses import carried_files, learned_from, still_needed
from storage.records.references import References
from storage.records.usable import Nameable, Usable
from storage.records.word_names import NameTaken, already_there, refuse_taken
from storage.tables import CarryOverRow, EmbeddingOpinion, EmbeddingRow, EmbeddingUse, JobRow, table_of
from storage.values import Travelling

_EMBEDDINGS, _OPINIONS, _USES = table_of(EmbeddingRow), table_of(EmbeddingOpinion), table_of(EmbeddingUse)
_CARRIED = table_of(CarryOverRow)


class EmbeddingState(StrEnum):
    """Who may use an embedding.

    private -> published -> withdrawn, or from private at once; what was withdrawn stays so.
    """

    PRIVATE = "private"
    """Its owner."""
    PUBLISHED = "published"
    """Everybody in its server."""
    WITHDRAWN = "withdrawn"
    """Nobody: its file is deleted as soon as nothing is being drawn with it."""


class Preview(Travelling):
    """A picture that shows an embedding: its blob, and words for those who cannot see it.

    They are the prompt by which the embedding drew it, unless somebody `brought` the picture.
    """

    blob: str
    alt: str
    brought: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEmbedding(Nameable):
    """What is known of an embedding when it is added.

    `owner_id` is its author, called `author`, wherever it was made. `family` is that of the checkpoints that
    it is for, `widths` those of their text towers, and `checkpoint` the one that it was trained on, if that
    is known. `file` is the blob of a safetensors file with one word of so many `vectors`, or a LoRA of that
    rank. With `shared` the author lets it be taken to other servers.
    `signed_by` is the key of the server that it came from, in hexadecimal; None if it is of this one.
    """

    server_id: int
    owner_id: int
    author: str
    about: str = ""
    family: str
    checkpoint: str | None = None
    widths: tuple[int, ...]
    vectors: int
    file: str | None
    previews: tuple[Preview, ...] = ()
    licence: str = ""
    shared: bool = False
    signed_by: str | None = None
    state: EmbeddingState = EmbeddingState.PRIVATE


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingRecord(NewEmbedding):
    """An embedding, and how it fared: `uses` counts jobs, `stars` is the mean of `ratings`, 0 without any.

    `file` is None once it is deleted.
    """

    id: int
    created_at: datetime
    published_at: datetime | None = None
    uses: int = 0
    ratings: int = 0
    stars: float = 0.0

    @property
    def drawn(self) -> tuple[Preview, ...]:
        """List the pictures that it drew."""
        return tuple(preview for preview in self.previews if not preview.brought)

    @property
    def blobs(self) -> tuple[str, ...]:
        """List the blobs that it is made of, the pictures that it was trained from among them."""
        learned = sorted(learned_from(self.recipe, self.signed_by))
        return (*([self.file] if self.file else []), *(preview.blob for preview in self.previews), *learned)


class MadeWith(NamedTuple):
    """A message with pictures that were drawn with an embedding."""

    job_id: str
    channel_id: int
    message_id: int


class EmbeddingRecords:
    """The embeddings in a database. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._references = References(database)

    async def add(self, new: NewEmbedding, job_id: str = "") -> EmbeddingRecord:
        """Add an embedding, which the job of that id trained. Raises NameTaken, as `refuse_taken` does."""
        now = datetime.now(UTC)
        try:
            async with self._database.writing() as db:
                await refuse_taken(db, new.server_id, new.name, but=job_id)
                await self._references.write(db, new.server_id, None, new.owner_id)
                added = await db.execute(
                    _EMBEDDINGS.insert()
                    .values(
                        **{name: getattr(new, name) for name in _AS_THEY_ARE},
                        folded=new.name.casefold(),
                        widths=list(new.widths),
                        previews=[preview.model_dump() for preview in new.previews],
                        created_at=now,
                        published_at=now if new.state is EmbeddingState.PUBLISHED else None,
                    )
                    .returning(_EMBEDDINGS)
                )
                return _record(added.mappings().one())
        except IntegrityError as error:
            raise NameTaken(already_there(new.name)) from error

    async def get(self, embedding_id: int) -> EmbeddingRecord | None:
        """Give one embedding, or None."""
        found = await self._select(EmbeddingRow.id == embedding_id)
        return found[0] if found else None

    async def named(self, server_id: int, name: str) -> EmbeddingRecord | None:
        """Give the embedding of a server that is called so, whatever the case, and not withdrawn."""
        found = await self._select(
            EmbeddingRow.server_id == server_id, EmbeddingRow.folded == name.casefold(), _in_use()
        )
        return found[0] if found else None

    async def refuse_taken(self, server_id: int, name: str) -> None:
        """Raise NameTaken for a name that a server's word has, or one in training, whatever the case."""
        async with self._database.reading() as db:
            await refuse_taken(db, server_id, name)

    async def seen_by(self, server_id: int, member_id: int, search: str = "") -> list[EmbeddingRecord]:
        """List what a member may use, the most used first: their own, and what is published.

        With `search` only those of which name, author or description contain the words.
        """
        where = [EmbeddingRow.server_id == server_id, _open_to(member_id)]
        said = (EmbeddingRow.name, EmbeddingRow.author, EmbeddingRow.about)
        where += [or_(*(each.icontains(word, autoescape=True) for each in said)) for word in search.split()]
        return await self._select(*where)

    async def of_owner(self, owner_id: int) -> list[EmbeddingRecord]:
        """List a member's embeddings in all servers, the most used first."""
        return await self._select(EmbeddingRow.owner_id == owner_id, _in_use())

    async def usable(self, server_id: int, member_id: int) -> list[Usable]:
        """List what a member may name in a prompt, in the order of names."""
        async with self._database.glancing() as db:
            rows = await db.execute(_USABLE, {"server": server_id, "member": member_id})
            return [Usable(**dict(row) | {"widths": tuple(row["widths"])}) for row in rows.mappings()]

    async def count(self, server_id: int, owner_id: int) -> int:
        """Count a member's embeddings in a server that are not withdrawn."""
        return sum(each.server_id == server_id for each in await self.of_owner(owner_id))

    async def publish(self, embedding_id: int, *, licence: str, shared: bool, about: str) -> bool:
        """Let everybody in the server use an embedding; False if it was withdrawn meanwhile."""
        return await self._change(
            (EmbeddingRow.id == embedding_id, _in_use()),
            state=EmbeddingState.PUBLISHED,
            licence=licence,
            shared=shared,
            about=about,
            published_at=func.coalesce(EmbeddingRow.published_at, datetime.now(UTC)),
        )

    async def set_previews(self, embedding_id: int, previews: Iterable[Preview]) -> None:
        """Show these pictures of an embedding, in place of those before."""
        documents = [preview.model_dump() for preview in previews]
        await self._change((EmbeddingRow.id == embedding_id,), previews=documents)

    async def withdraw(self, embedding_id: int) -> bool:
        """Let nobody use an embedding any more; False if it was withdrawn before."""
        where = (EmbeddingRow.id == embedding_id, _in_use())
        return await self._change(where, state=EmbeddingState.WITHDRAWN)

    async def rate(self, embedding_id: int, member_id: int, stars: int, *, teaches: bool) -> None:
        """Note what a member thinks of an embedding: one to five stars, in place of what was said before.

        `teaches` says whether their taste and the server's learn from it.
        """
        values = {"stars": stars, "teaches": teaches, "teaches_server": teaches}
        async with self._database.writing() as db:
            await self._references.write(db, None, None, member_id)
            await db.execute(
                self._database.insert(_OPINIONS)
                .values(embedding_id=embedding_id, member_id=member_id, **values)
                .on_conflict_do_update(index_elements=["embedding_id", "member_id"], set_=values)
            )

    async def note_uses(self, job_id: str, embedding_ids: Iterable[int]) -> None:
        """Note what a recorded job is drawn with."""
        rows = [{"embedding_id": each, "job_id": job_id} for each in sorted(set(embedding_ids))]
        if rows:
            async with self._database.writing() as db:
                await db.execute(self._database.insert(_USES).on_conflict_do_nothing(), rows)

    async def made_with(self, embedding_id: int, limit: int = 5) -> list[MadeWith]:
        """List messages with pictures drawn with an embedding that are no secret, the latest first."""
        secret = [manner for manner in Manner if manner.is_secret]
        async with self._database.reading() as db:
            rows = await db.execute(
                select(JobRow.id, JobRow.message_channel_id, JobRow.message_id)
                .join(EmbeddingUse, EmbeddingUse.job_id == JobRow.id)
                .where(
                    EmbeddingUse.embedding_id == embedding_id,
                    JobRow.state == "posted",
                    JobRow.message_id.is_not(None),
                    JobRow.message_channel_id.is_not(None),
                    JobRow.manner.is_(None) | JobRow.manner.not_in(secret),
                )
                .order_by(JobRow.created_at.desc())
                .limit(limit)
            )
            return [MadeWith(*row) for row in rows.tuples()]  # type: ignore[arg-type]  # none are None

    async def forgettable(self, in_use: set[str]) -> tuple[list[int], list[str]]:
        """Give the withdrawn embeddings that have files still, and the blobs that nothing else refers to.

        `in_use` are the files of jobs that have no result yet; the embeddings of these are left out.
        """
        async with self._database.reading() as db:
            withdrawn = await db.execute(
                select(_EMBEDDINGS).where(
                    EmbeddingRow.state == EmbeddingState.WITHDRAWN, EmbeddingRow.file.is_not(None)
                )
            )
            gone = {each.id: {*each.blobs} for each in map(_record, withdrawn.mappings())}
            for id_, file in await carried_files(db, gone):
                gone[id_].add(file)
            ids = [id_ for id_, blobs in gone.items() if not blobs & in_use]
            blobs = {blob for id_ in ids for blob in gone[id_]}
            return ids, sorted(blobs - await still_needed(db, blobs, embedding_ids=ids)) if ids else []

    async def forget(self, embedding_ids: Iterable[int]) -> None:
        """Note that the blobs of embeddings are deleted; how they were made stays known."""
        ids = list(embedding_ids)
        async with self._database.writing() as db:
            await db.execute(delete(_CARRIED).where(CarryOverRow.embedding_id.in_(ids)))
            gone = update(_EMBEDDINGS).where(EmbeddingRow.id.in_(ids))
            await db.execute(gone.values(file=None, previews=[]))

    async def _change(self, where: Iterable[ColumnElement[bool]], **values: Any) -> bool:
        """Change embeddings, and say whether there was one."""
        async with self._database.writing() as db:
            changed = await db.execute(update(_EMBEDDINGS).where(*where).values(**values))
            return changed.rowcount > 0

    async def _select(self, *where: ColumnElement[bool]) -> list[EmbeddingRecord]:
        async with self._database.reading() as db:
            rows = (await db.execute(_with_counts().where(*where))).mappings().all()
        return [_record(row) for row in rows]


_AS_THEY_ARE = {each.name for each in fields(NewEmbedding)} - {"widths", "previews"}
"""The fields that are written into their columns without a change."""


def _in_use() -> ColumnElement[bool]:
    return EmbeddingRow.state != EmbeddingState.WITHDRAWN


def _open_to(member_id: int | BindParameter[int]) -> ColumnElement[bool]:
    return or_(
        EmbeddingRow.state == EmbeddingState.PUBLISHED,
        and_(EmbeddingRow.state == EmbeddingState.PRIVATE, EmbeddingRow.owner_id == member_id),
    )


# Built once: it is asked with each command.
_USABLE = (
    select(*(_EMBEDDINGS.c[each.name] for each in fields(Usable)))
    .where(
        _EMBEDDINGS.c.server_id == bindparam("server"),
        _open_to(bindparam("member", type_=BigInteger)),
        _EMBEDDINGS.c.file.is_not(None),
    )
    .order_by(_EMBEDDINGS.c.folded)
)


def _with_counts() -> Select[Any]:
    """Select embeddings with how they fared, the most used first."""
    this = EmbeddingOpinion.embedding_id == EmbeddingRow.id
    uses = select(func.count()).where(EmbeddingUse.embedding_id == EmbeddingRow.id).scalar_subquery()
    ratings = select(func.count(EmbeddingOpinion.stars)).where(this).scalar_subquery()
    stars = select(func.coalesce(func.avg(EmbeddingOpinion.stars), 0)).where(this).scalar_subquery()
    return select(
        _EMBEDDINGS,
        uses.label("uses"),
        ratings.label("ratings"),
        stars.label("stars"),
    ).order_by(uses.desc(), EmbeddingRow.folded)


def _record(row: RowMapping) -> EmbeddingRecord:
    known = {each.name: row[each.name] for each in fields(EmbeddingRecord) if each.name in row}
    return EmbeddingRecord(
        **known
        | {
            "widths": tuple(row["widths"]),
            "previews": tuple(Preview.model_validate(each) for each in row["previews"]),
            "state": EmbeddingState(row["state"]),
            "stars": float(row.get("stars", 0)),
        }
    )
