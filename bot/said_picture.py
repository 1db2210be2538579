"""The picture that a member names: by its job, a link to its message, its file's name or its seed."""

from __future__ import annotations

import re

from bot.named_job import find_record
from bot.pictures import job_of_file
from bot.refusals import Refusal
from bot.studio import Interaction
from bot.wording import escape
from moderation.told import Told
from storage.recipe import sampled
from storage.records.jobs import JobRecord

SAID_LIMIT = 200
_LOOKED_THROUGH = 200
"""A member's jobs among which a seed is looked for."""
_LINK = re.compile(
    r"<?https?://[^\s<>]*discord[^\s<>]*/channels/(?:@me|[0-9]+)/(?P<channel>[0-9]+)/(?P<message>[0-9]+)/?>?"
)
"""A message's address, also in the brackets that keep Discord from showing a preview of it."""
_IDS = range(2**63)
"""The numbers that Discord gives to messages, as far as a database holds them."""


async def said_picture(interaction: Interaction, said: str | None) -> tuple[JobRecord, int]:
    """Give the job that a member means, and the index of the picture; without a word, the member's last one.

    Of several pictures it is the first, unless a seed names another. Raises Refusal, DatabaseAway.
    """
    if said is None:
        return await _last(interaction)
    found = await _named(interaction, said.strip())
    if found is None or not found[0].pictures:
        raise Refusal(
            Told(
                "I know no picture here by {said}. Please give the link to its message, the name of its "
                "file, its job or its seed.",
                said=f"“{escape(said)}”",
            )
        )
    return found


async def _last(interaction: Interaction) -> tuple[JobRecord, int]:
    for record in await _own(interaction, 10):
        if record.pictures:
            return record, 0
    raise Refusal(Told("You have made no picture here yet. Try `/imagine`."))


async def _named(interaction: Interaction, said: str) -> tuple[JobRecord, int] | None:
    if link := _LINK.fullmatch(said):
        return await _linked(interaction, int(link["channel"]), int(link["message"]))
    if job_id := job_of_file(said) or (said if re.fullmatch("[0-9a-f]{16}", said) else None):
        found = await find_record(interaction, job_id)
        if found is not None:
            return found, 0
    return await _of_seed(interaction, int(said)) if said.isascii() and said.isdecimal() else None


async def _linked(interaction: Interaction, channel_id: int, message_id: int) -> tuple[JobRecord, int] | None:
    """Find the job that a message answers, or the picture that was taken out of a grid into it."""
    if channel_id not in _IDS or message_id not in _IDS:
        return None
    studio, index = interaction.client.studio, 0
    linked = await studio.jobs.of_message(channel_id, message_id)
    job_id = linked and linked.job.id
    if job_id is None and (shown := await studio.showings.shown_in(channel_id, message_id)):
        job_id, index = shown
    # Asked for again by its id: the link may lead to another server.
    found = job_id and await find_record(interaction, job_id)
    return (found, index) if found else None


async def _of_seed(interaction: Interaction, seed: int) -> tuple[JobRecord, int] | None:
    for record in await _own(interaction, _LOOKED_THROUGH):
        for index, picture in enumerate(record.pictures):
            if (recipe := sampled(picture.recipe)) and recipe.noise.seed == seed:
                return record, index
    return None


async def _own(interaction: Interaction, limit: int) -> list[JobRecord]:
    records = interaction.client.studio.jobs
    return await records.of_member(interaction.user.id, guild_id=interaction.guild_id, limit=limit)
