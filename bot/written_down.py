"""Entries on their way into a notebook: what they replace there, and what of them others may go on naming."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.channels import policy_of
from bot.notebook import entry_of
from bot.refusals import Refusal
from bot.studio import Interaction
from moderation.judge import judge_prompt
from moderation.prompt_form import PROMPT_LIMIT
from moderation.told import Told
from storage.records.notebook import MOST_EACH
from tasks.notebook import PLACE, Entry, key, named


@dataclass
class Change:
    """Entries as they were written down, what those said that were there, and what is still shared.

    `unshared` are those that may not be shared as they are now, each with the reasons.
    """

    written: list[Entry]
    replaced: list[Entry] = field(default_factory=list)
    still_shared: list[Entry] = field(default_factory=list)
    unshared: list[tuple[Entry, Sequence[str]]] = field(default_factory=list)


async def write_down(interaction: Interaction, entries: Sequence[Entry]) -> Change:
    """Write a member's entries down, in place of those of their names; what was shared stays so if it may.

    Raises NotebookError, Refusal.
    """
    notebook, own = interaction.client.studio.notebook, interaction.user.id
    change = Change([named(entry) for entry in entries])
    before = {key(each.entry["name"]): each for each in await notebook.read(own, None)}
    if len(before.keys() | {key(entry.name) for entry in change.written}) > MOST_EACH:
        raise Refusal(_FULL)
    for entry in change.written:
        found = before.get(key(entry.name))
        if found is None or (was := entry_of(found)) == entry:
            continue
        change.replaced += [was] if was else []
        if found.server_id is None:
            continue
        if why := await why_not_shared(interaction, entry):
            change.unshared.append((entry, why))
            # Before it is written: nobody else ever sees what it says now.
            await notebook.share(own, found.entry["name"], None)
        else:
            change.still_shared.append(entry)
    documents = (entry.model_dump(mode="json", exclude_defaults=True) for entry in change.written)
    if not await notebook.write(own, *documents):
        raise Refusal(_FULL)
    return change


async def why_not_shared(interaction: Interaction, entry: Entry) -> Sequence[str]:
    """Give the reasons for which the policy here lets nobody share an entry, if there are any."""
    policy = await policy_of(interaction.client.studio, interaction.channel, interaction.user.id)
    # The rest of a long one is judged, as all of it is, whenever a prompt names it.
    shown = "; ".join((entry.name.replace("-", " "), *entry.texts)).replace(PLACE, "a picture")
    verdict = await asyncio.to_thread(judge_prompt, shown[:PROMPT_LIMIT], "", policy)
    return [reason.explanation for reason in verdict.refusing] if verdict.blocked else []


_FULL = Told("A notebook has at most {most} entries. Please strike some out first.", most=MOST_EACH)
