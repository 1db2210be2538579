"""`/history`: what a picture was made from, and what was made from it, as a contact sheet."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import discord
from discord import app_commands
from discord.app_commands import Range

from bot import wording
from bot.channels import policy_of
from bot.contact_sheet import contact_sheet
from bot.language import Language, private
from bot.named_job import find_record
from bot.pictures import allowed, reviewed
from bot.promises import promise
from bot.refusals import Refusal
from bot.said_picture import SAID_LIMIT, said_picture
from bot.studio import Interaction
from moderation.policy import Policy
from moderation.told import Told
from storage.records.jobs import JobRecord

_ANCESTORS, _DESCENDANTS = 7, 8
_TITLE_LIMIT = 60


@dataclass(frozen=True, slots=True)
class _Relative:
    """A picture that the channel's policy lets be seen, `depth` steps below the one asked for."""

    said: JobRecord
    png: bytes
    veiled: bool
    depth: int


@app_commands.command()
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.describe(
    picture="A link to its message, its file's name, its job or its seed; your last one without"
)
async def history(interaction: Interaction, picture: Range[str, 1, SAID_LIMIT] | None = None) -> None:
    """See what a picture was made from, and what was made from it."""
    record, index = await said_picture(interaction, picture)
    await promise(interaction, ephemeral=True)
    policy = await policy_of(interaction.client.studio, interaction.channel, interaction.user.id)
    if (this := await _relative(interaction, record, index, policy)) is None:
        raise Refusal(wording.withheld_sentence(1, 1))
    before = await _ancestors(interaction, record, policy)
    after = await _descendants(interaction, record, policy)
    family, language = [*before, this, *after], private(interaction)
    sheet = await asyncio.to_thread(contact_sheet, [each.png for each in family], len(before))
    name = f"history-{record.job.id}.png"
    await interaction.edit_original_response(
        content=wording.fit("\n".join(_lines(language, family, len(before)))),
        attachments=[
            discord.File(
                io.BytesIO(sheet),
                filename=name,
                spoiler=any(each.veiled for each in family),
                description=language.say("What a picture was made from, and what was made from it"),
            )
        ],
    )


async def _ancestors(interaction: Interaction, record: JobRecord, policy: Policy) -> list[_Relative]:
    """Walk up from a job, and give what may be seen, the first one first.

    Of what was blended all pictures are given, and those before the first of them.
    """
    found: list[_Relative] = []
    known = {record.job.id}
    while len(found) < _ANCESTORS:
        parents = await interaction.client.studio.lineage.parents(record.job.id)
        above = [(await find_record(interaction, each.job_id), each.index) for each in parents]
        there = [(parent, index) for parent, index in above if parent and parent.job.id not in known]
        if not there:
            break
        known |= {parent.job.id for parent, _ in there}
        seen = [await _relative(interaction, *each, policy) for each in there]
        found = [*(relative for relative in seen if relative), *found]
        record = there[0][0]
    return found[-_ANCESTORS:]


async def _descendants(interaction: Interaction, record: JobRecord, policy: Policy) -> list[_Relative]:
    """Give what was made from a job's pictures, and from what was made from them, the nearest ones.

    Each stands behind what it was made from, the oldest first. What may not be seen is passed over.
    """
    made: dict[str, list[JobRecord]] = {}
    shown: dict[str, _Relative] = {}
    generation, known, depth = [record], {record.job.id}, 0
    while generation and len(shown) < _DESCENDANTS:
        depth += 1
        for parent in generation:
            ids = await interaction.client.studio.lineage.children(parent.job.id, _DESCENDANTS)
            found = [
                await find_record(interaction, job_id) for job_id in reversed(ids) if job_id not in known
            ]
            made[parent.job.id] = [child for child in found if child and child.pictures]
            known.update(ids)
        generation = [child for parent in generation for child in made[parent.job.id]]
        for child in generation[: _DESCENDANTS - len(shown)]:
            if relative := await _relative(interaction, child, 0, policy, depth):
                shown[child.job.id] = relative
    return list(_in_order(record, made, shown))


def _in_order(
    record: JobRecord, made: Mapping[str, Sequence[JobRecord]], shown: Mapping[str, _Relative]
) -> Iterator[_Relative]:
    for child in made.get(record.job.id, ()):
        if relative := shown.get(child.job.id):
            yield relative
        yield from _in_order(child, made, shown)


async def _relative(
    interaction: Interaction, record: JobRecord, index: int, policy: Policy, depth: int = 0
) -> _Relative | None:
    """Give a picture of a job as the policy lets it be seen; None if it does not."""
    if index not in await allowed(interaction.client.studio, record, policy):
        return None
    pictures = await reviewed(interaction.client.studio, record, policy, [index])
    return _Relative(pictures.said, pictures.files[0], pictures.veiled, depth) if pictures.files else None


def _lines(language: Language, family: list[_Relative], here: int) -> list[str]:
    """Write a line for each picture."""
    lines = []
    for place, relative in enumerate(family):
        said = relative.said
        title = wording.title(language, said.job.task, limit=_TITLE_LIMIT)
        kind = language.of(wording.kind(said.job.task))
        asked = discord.utils.format_dt(said.created_at, "R")
        arrow = "↳ " * relative.depth
        mark = f" — {language.say('this one')}" if place == here else ""
        link = f" [{language.say('its message')}]({url})" if (url := wording.answer_url(said)) else ""
        lines.append(f"{place + 1}. {arrow}{title} ({kind}, {asked}){mark}{link}")
    if here == 0:
        lines.append(f"-# {language.of(_NO_PARENT)}")
    if here == len(family) - 1:
        lines.append(f"-# {language.of(_NO_CHILD)}")
    return lines


_NO_PARENT = Told("It was made from words or from an attachment: nothing here came before it.")
_NO_CHILD = Told("Nothing was made from it yet.")
