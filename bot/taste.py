"""What members choose among pictures: noted as they press, learned from, and given to the jobs that rank."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import numpy as np

from bot.studio import Studio
from storage.clip_vector import ClipVector
from storage.database import DatabaseAway
from storage.jobs import Imagine, Task
from storage.records.jobs import JobRecord
from storage.records.taste import Chosen, Rated
from tasks.taste import FEWEST_CHOICES, MOST_CHOICES, Choice, Vectors, learned, ranked

log = logging.getLogger(__name__)


async def note_choice(
    studio: Studio, member_id: int, record: JobRecord, index: int | None, *, liked: bool = True
) -> None:
    """Note that a member chose a picture among others, or threw it away, unless they switched that off.

    Of what only one member sees no server learns. Nothing is lost but this if the records are away.
    """
    looks = [picture.look for picture in record.pictures]
    if index is None or index >= len(looks) or looks[index] is None or len(list(filter(None, looks))) < 2:
        return
    server_id = None if record.origin.manner.is_secret else record.origin.guild_id
    try:
        if await learns_from(studio, member_id):
            await studio.taste.note(member_id, server_id, record.job.id, index, liked=liked)
    except DatabaseAway as error:
        log.warning("job %s: a choice is not noted: %s", record.job.id, error)


async def learns_from(studio: Studio, member_id: int) -> bool:
    """Say whether a member lets their choices be learned from. Raises DatabaseAway."""
    return (await studio.defaults.of(member_id)).taste is not False


async def learning(studio: Studio, task: Task, member_id: int, server_id: int | None) -> dict[str, Any]:
    """Give the fields of a job about taste: whether it learns, and for a ranking what was learned.

    Raises DatabaseAway.
    """
    if not isinstance(task, Imagine) or (task.pictures == 1 and task.best is None):
        return {}
    if not await learns_from(studio, member_id):
        return {}
    taste = None if task.best is None else await taste_of(studio, member_id, server_id)
    return {"learns": task.pictures > 1, "taste": taste}


async def taste_of(studio: Studio, member_id: int, server_id: int | None) -> ClipVector | None:
    """Learn what a member likes, beginning with what their server does; None while too few choices were made.

    Raises DatabaseAway.
    """
    records = studio.taste
    own, rated = await records.of_member(member_id, MOST_CHOICES), await records.rated_by(member_id)
    others, rated_here = list[Chosen](), list[Rated]()
    if server_id is not None:
        others = await records.of_server(server_id, MOST_CHOICES)
        rated_here = await records.rated_in(server_id)
    clip = _clip_of([*own, *others], [*rated, *rated_here])
    mine = choices_in(own, clip) + ratings_in(rated, clip)
    everybodys = choices_in(others, clip) + ratings_in(rated_here, clip)
    if max(len(mine), len(everybodys)) < FEWEST_CHOICES or clip is None:
        return None
    return ClipVector.of(clip, await asyncio.to_thread(_weights, mine, everybodys))


def _weights(mine: list[Choice], everybodys: list[Choice]) -> Vectors:
    prior = learned(everybodys) if len(everybodys) >= FEWEST_CHOICES else None
    if not mine:
        assert prior is not None
        return prior
    return learned(mine, prior)


def _clip_of(chosen: Iterable[Chosen], rated: Iterable[Rated]) -> str | None:
    """Name the CLIP that saw the newest choice, or something that was rated."""
    seen = [each.looks for each in chosen] + [each.looks for each in rated]
    return next((look.clip for looks in seen for look in looks if look is not None), None)


def choices_in(chosen: Iterable[Chosen], clip: str | None) -> list[Choice]:
    """Give the choices of which a CLIP saw the pictures."""
    found = []
    for each in chosen:
        seen = [(place, look.vector) for place, look in enumerate(each.looks) if look and look.clip == clip]
        places = [place for place, _ in seen]
        if len(seen) > 1 and each.index in places:
            vectors = np.stack([vector for _, vector in seen])
            found.append(Choice(vectors, places.index(each.index), each.liked))
    return found


def ratings_in(rated: Iterable[Rated], clip: str | None) -> list[Choice]:
    """Give the choices that members made by their stars, among words of which a CLIP saw pictures.

    A word looks like the mean of its pictures.
    """
    words: dict[int, list[tuple[int, Vectors]]] = {}
    for each in rated:
        seen = [look.vector for look in each.looks if look.clip == clip]
        if seen:
            words.setdefault(each.member_id, []).append((each.stars, np.mean(seen, axis=0)))
    found = list[Choice]()
    for theirs in words.values():
        stars, looks = zip(*theirs, strict=True)
        found += ranked(stars, np.stack(looks))
    return found[:MOST_CHOICES]
