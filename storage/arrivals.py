"""The jobs that are expected to come: as many as came lately, from the same members, at the same distances.

Who waits long is overtaken meanwhile by members who had less: without those, waits are foretold too short.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from heapq import merge

from storage.fair import Arrived, Line, Waiting

_DOUBT = 2.0
"""Seconds without a newcomer that are added to what was seen: a few jobs at once are no rate yet."""
_MOST = 400
"""So many are looked ahead at: where more come than are done, there would be no end."""
_FORETOLD = "expected:"


def is_expected(job_id: str) -> bool:
    """Say whether a job is none that anybody asked for."""
    return job_id.startswith(_FORETOLD)


def expected(lines: Mapping[str, Line]) -> Iterator[tuple[float, str, Waiting]]:
    """Yield in how many seconds which job comes to which queue, the soonest first."""
    comings = (_coming(queue, line.arrived) for queue, line in lines.items() if line.arrived)
    for number, (seconds, queue, job) in zip(
        range(_MOST), merge(*comings, key=lambda coming: coming[0]), strict=False
    ):
        yield seconds, queue, replace(job, job_id=f"{_FORETOLD}{number}")


def _coming(queue: str, arrived: tuple[Arrived, ...]) -> Iterator[tuple[float, str, Waiting]]:
    """Repeat for ever what came, `arrived` the oldest first.

    What a member asks for within a second is one coming. All but the first of those came within the time
    that was seen; a single one tells no rate.
    """
    comings = len({(each.job.member, round(each.seconds)) for each in arrived})
    if comings < 2:
        return
    span = (arrived[0].seconds + _DOUBT) * comings / (comings - 1)
    begins = 0.0
    while True:
        for each in arrived:
            yield begins + span - each.seconds, queue, each.job
        begins += span
