"""What a member filled into a form, however long ago it was opened."""

from __future__ import annotations

from typing import Any

import discord


def filled_in(interaction: discord.Interaction[Any]) -> dict[str, str]:
    """Give the texts of a form's fields by their custom_ids, each on one line."""
    data: Any = interaction.data
    fields = [label["component"] for label in data["components"]]
    return {field["custom_id"]: " ".join((field.get("value") or "").split()) for field in fields}
