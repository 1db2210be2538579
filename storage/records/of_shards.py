"""The rows that a process of a bot looks after."""

from __future__ import annotations

from sqlalchemy import Column, func, true
from sqlalchemy.sql.expression import ColumnElement

from storage.shards import Shards


def of_shards(shards: Shards, server_id: Column[int]) -> ColumnElement[bool]:
    """Give the condition that `Shards.owns` is, on a column with a server's id or nothing."""
    if shards.is_all:
        return true()
    shard = (func.coalesce(server_id, 0) // 2**22) % shards.count
    return shard.in_(sorted(shards.ids))
