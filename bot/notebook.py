"""The notebook of whoever asks, as prompts may name its entries."""

from __future__ import annotations

import logging

from pydantic import ValidationError

from bot.studio import Interaction
from storage.noise import new_seed
from tasks.expand import Expanded, expand
from tasks.notebook import Entry, Lexicon, key, names_any

log = logging.getLogger(__name__)


async def lexicon_of(interaction: Interaction) -> Lexicon:
    """Give the entries that a member may name in this server: their own, and what others share."""
    noted = await interaction.client.studio.notebook.read(interaction.user.id, interaction.guild_id)
    found = {}
    for each in noted:
        try:
            entry = Entry.model_validate(each.entry)
        except ValidationError:
            log.exception("an entry in the notebook of %d cannot be read", each.member_id)
            continue
        found[key(entry.name)] = entry
    return found


async def expanded(interaction: Interaction, prompt: str, seed: int | None = None) -> Expanded:
    """Put entries in the place of their names where a command asks for nothing but words.

    `seed` decides what wildcards take. Raises NotebookError.
    """
    if not names_any(prompt):
        return Expanded(prompt=prompt, negative="")
    return expand(prompt, "", await lexicon_of(interaction), new_seed() if seed is None else seed)
