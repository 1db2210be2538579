"""The notebook of whoever asks, as prompts may name its entries."""

from __future__ import annotations

import logging

from pydantic import ValidationError

from bot.studio import Interaction
from tasks.notebook import Entry, Lexicon

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
        found[entry.name.casefold()] = entry
    return found
