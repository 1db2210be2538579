"""Which servers a process of a bot looks after: Discord cuts them into shards, and it has some of these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from pydantic import PlainValidator
from pydantic_settings import NoDecode

_WRITTEN = re.compile(r"(?P<ids>\d+(-\d+)?(,\d+(-\d+)?)*)/(?P<count>\d+)", re.ASCII)
_MOST = 2**16
"""Far more than any bot has: so many are counted in a moment."""


@dataclass(frozen=True, slots=True)
class Shards:
    """Some shards of so many, by the numbers that Discord gives them, from 0.

    Everything belongs to a server, and so to one shard; what belongs to none, such as a direct message, to
    shard 0. Written it is `0-3,8/16`: these of 16.
    """

    ids: frozenset[int] = frozenset({0})
    count: int = 1

    @classmethod
    def read(cls, written: str) -> Shards:
        """Read what somebody wrote, or `str` gave. Raises ValueError with a sentence."""
        found = _WRITTEN.fullmatch("".join(written.split()))
        if found is None:
            raise ValueError("must be as in 0-3/16, which are the shards 0 to 3 of 16")
        count, ids = int(found["count"]), list[int]()
        if not 0 < count <= _MOST:
            raise ValueError(f"must be shards of 1 to {_MOST}, and not of {count}")
        for span in found["ids"].split(","):
            first, _, last = span.partition("-")
            here = int(first), int(last or first)
            if here[1] >= count:
                raise ValueError(f"must have numbers up to {count - 1}, since {count} shards begin with 0")
            if here[0] > here[1]:
                raise ValueError(f"must name the lower shard of {span} first")
            ids.extend(range(here[0], here[1] + 1))
        if len(ids) != len(set(ids)):
            raise ValueError("must name each shard once")
        return cls(frozenset(ids), count)

    def __str__(self) -> str:
        return f"{','.join(_spans(self.ids))}/{self.count}"

    @property
    def is_all(self) -> bool:
        """Say whether these are all shards, so that there is no other process."""
        return len(self.ids) == self.count

    def owns(self, server_id: int | None) -> bool:
        """Say whether what belongs to a server, or to none, is looked after here."""
        return ((server_id or 0) >> 22) % self.count in self.ids

    def meets(self, others: Shards) -> bool:
        """Say whether a server may be in both, if they are of the same bot."""
        if self.count == others.count:
            return not self.ids.isdisjoint(others.ids)
        return True


ALL = Shards()


def _spans(ids: Iterable[int]) -> list[str]:
    runs = groupby(enumerate(sorted(ids)), key=lambda each: each[1] - each[0])
    ends = [(run[0][1], run[-1][1]) for run in (list(of_run) for _, of_run in runs)]
    return [f"{first}-{last}" if last > first else str(first) for first, last in ends]


def _chosen(value: Any) -> Shards:
    return value if isinstance(value, Shards) else Shards.read(str(value))


ChosenShards = Annotated[Shards, NoDecode, PlainValidator(_chosen)]
"""A setting."""
