"""The rows of all tables as lines of JSON, and back: from SQLite into Postgres too, and from older tables."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import JSON, Boolean, Connection, DateTime, LargeBinary, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

_AT_ONCE = 500
_OF_ALEMBIC = "alembic_version"
_SQLITE_MOMENT = "%Y-%m-%d %H:%M:%S.%f"


def tables(connection: Connection) -> list[str]:
    """List the tables, each after those that its rows refer to."""
    names = [name for name, _ in inspect(connection).get_sorted_table_and_fkc_names() if name is not None]
    return [name for name in names if name != _OF_ALEMBIC]


def revision(connection: Connection) -> str:
    """Give the revision of the tables, as Alembic calls it."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def is_empty(connection: Connection) -> bool:
    """Say whether no table has a row."""
    preparer = connection.dialect.identifier_preparer
    return not any(
        connection.execute(text(f"SELECT 1 FROM {preparer.quote(name)} LIMIT 1")).first()  # noqa: S608
        for name in tables(connection)
    )


async def dumped_rows(db: AsyncConnection, table: str) -> AsyncIterator[str]:
    """Yield each row of a table as a line of JSON."""
    to_json = await db.run_sync(lambda connection: _columns(connection, table, _to_json))
    quoted = db.dialect.identifier_preparer.quote(table)
    async with db.stream(text(f"SELECT * FROM {quoted}")) as rows:  # noqa: S608
        async for row in rows.mappings():
            yield json.dumps({name: to_json[name](value) for name, value in row.items()}, ensure_ascii=False)


def insert_rows(connection: Connection, table: str, lines: Iterable[str]) -> int:
    """Insert rows that were dumped, and give their number. Raises ValueError for a line that is no row."""
    from_json = _columns(connection, table, _from_json)
    to_itself = _columns_to_itself(connection, table)
    inserted = 0
    for chunk in _chunks(lines):
        rows = [{name: from_json[name](value) for name, value in json.loads(line).items()} for line in chunk]
        # Of rows that refer to each other, none could come first.
        first = [{**row, **dict.fromkeys(to_itself & row.keys())} for row in rows]
        connection.execute(text(_insert(connection, table, rows[0])), first)
        inserted += len(rows)
    return inserted


def link_rows(connection: Connection, table: str, lines: Iterable[str]) -> None:
    """Let the rows refer to others of their own table, once all are there; count on after the last one."""
    if columns := sorted(_columns_to_itself(connection, table)):
        keys = inspect(connection).get_pk_constraint(table)["constrained_columns"]
        referring = (row for row in map(json.loads, lines) if any(row.get(name) for name in columns))
        for chunk in _chunks(referring):
            connection.execute(text(_update(connection, table, columns, keys)), chunk)
    if connection.dialect.name == "postgresql":
        _count_on(connection, table)


_Each = TypeVar("_Each")


def _chunks(values: Iterable[_Each]) -> Iterator[list[_Each]]:
    rest = iter(values)
    while chunk := list(islice(rest, _AT_ONCE)):
        yield chunk


def _count_on(connection: Connection, table: str) -> None:
    """Have Postgres number the next row after the last one: it counts only those that it numbered."""
    quote = connection.dialect.identifier_preparer.quote
    for column in inspect(connection).get_columns(table):
        if "nextval" in str(column.get("default") or ""):
            name = column["name"]
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence(:table, :name), max({quote(name)})) "  # noqa: S608
                    f"FROM {quote(table)} HAVING max({quote(name)}) IS NOT NULL"
                ),
                {"table": quote(table), "name": name},
            )


def _insert(connection: Connection, table: str, row: Mapping[str, Any]) -> str:
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(map(quote, row))
    return f"INSERT INTO {quote(table)} ({names}) VALUES ({_values(connection, table, row)})"  # noqa: S608


def _values(connection: Connection, table: str, row: Mapping[str, Any]) -> str:
    if connection.dialect.name == "sqlite":
        return ", ".join(f":{name}" for name in row)
    documents = {
        column["name"]
        for column in inspect(connection).get_columns(table)
        if isinstance(column["type"], JSON)
    }
    return ", ".join(f"CAST(:{name} AS JSONB)" if name in documents else f":{name}" for name in row)


def _update(connection: Connection, table: str, columns: Sequence[str], keys: Sequence[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote
    changes = ", ".join(f"{quote(name)} = :{name}" for name in columns)
    where = " AND ".join(f"{quote(name)} = :{name}" for name in keys)
    return f"UPDATE {quote(table)} SET {changes} WHERE {where}"  # noqa: S608


def _columns_to_itself(connection: Connection, table: str) -> set[str]:
    return {
        name
        for key in inspect(connection).get_foreign_keys(table)
        if key["referred_table"] == table
        for name in key["constrained_columns"]
    }


_Change = Callable[[Any], Any]


def _columns(
    connection: Connection, table: str, change_of: Callable[[Any, str], _Change]
) -> dict[str, _Change]:
    """Give for each column how its values change on their way."""
    dialect = connection.dialect.name
    return {
        column["name"]: _unless_none(change_of(column["type"], dialect))
        for column in inspect(connection).get_columns(table)
    }


def _unless_none(change: _Change) -> _Change:
    return lambda value: None if value is None else change(value)


def _to_json(kind: Any, dialect: str) -> _Change:
    """Change a value of the database to one of JSON; documents stay the text that they are."""
    match kind:
        case DateTime():
            return lambda value: _moment(value).isoformat()
        case Boolean():
            return bool
        case LargeBinary():
            return lambda value: base64.b64encode(value).decode()
        case JSON():
            return lambda value: value if isinstance(value, str) else json.dumps(value)
    return lambda value: value


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _from_json(kind: Any, dialect: str) -> _Change:
    match kind:
        case DateTime() if dialect == "sqlite":
            return lambda value: _moment(value).strftime(_SQLITE_MOMENT)
        case DateTime():
            return _moment
        case LargeBinary():
            return base64.b64decode
    return lambda value: value
