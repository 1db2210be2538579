"""What a member filled into a form, however long ago it was opened."""

from __future__ import annotations

from typing import Any

import discord


def filled_in(interaction: discord.Interaction[Any], *, lines: bool = False) -> dict[str, str]:
    """Give the texts of a form's fields by their custom_ids, each on one line or with the `lines` it has."""
    data: Any = interaction.data
    fields = [label["component"] for label in data["components"]]
    said = {field["custom_id"]: str(field.get("value") or "") for field in fields}
    return said if lines else {name: " ".join(text.split()) for name, text in said.items()}
