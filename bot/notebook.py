"""The notebook of whoever asks, as prompts may name its entries."""

from __future__ import annotations

import logging

from pydantic import ValidationError

from bot.refusals import Refusal
from bot.studio import Interaction
from moderation.told import Told
from storage.noise import new_seed
from storage.records.notebook import Noted
from tasks.expand import Expanded, all_expanded
from tasks.notebook import Entry, Lexicon, key, names_any

log = logging.getLogger(__name__)

SEVERAL = Told(
    "Your braces list several prompts, and only `/imagine` draws more than one. Please choose one of them."
)


async def lexicon_of(interaction: Interaction) -> Lexicon:
    """Give the entries that a member may name in this server: their own, and what others share."""
    noted = await interaction.client.studio.notebook.read(interaction.user.id, interaction.guild_id)
    return {key(entry.name): entry for each in noted if (entry := entry_of(each))}


def entry_of(noted: Noted) -> Entry | None:
    """Read an entry as it was written down; None if that was by another version."""
    try:
        return Entry.model_validate(noted.entry)
    except ValidationError:
        log.exception("an entry in the notebook of %d cannot be read", noted.member_id)
        return None


async def lexicon_for(interaction: Interaction, *texts: str) -> Lexicon:
    """Give the same, without a look where no text may name anything."""
    return await lexicon_of(interaction) if names_any(*texts) else {}


async def expanded(interaction: Interaction, prompt: str, seed: int | None = None) -> Expanded:
    """Put entries in the place of their names where a command draws one prompt.

    `seed` decides what wildcards take. Raises NotebookError, and Refusal where braces list several prompts.
    """
    (found, *others) = all_expanded(
        prompt, "", await lexicon_for(interaction, prompt), new_seed() if seed is None else seed
    )
    if others:
        raise Refusal(SEVERAL)
    return found
