"""The form in which a member says how a picture shall change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.attachments import refuse_two_masks
from bot.refusals import Refusal
from bot.wording import escape
from moderation.prompt_form import PROMPT_LIMIT
from storage.jobs import MASK_WORDS_LIMIT

if TYPE_CHECKING:
    from bot.client import Darkroom

_LEAST_STRENGTH = 0.01
_STRENGTH_LIMIT = 20
"""Characters."""


class EditForm(ui.Modal, title="Edit this picture"):
    """A form on its way to a member; `read_form` reads what comes back."""

    def __init__(self, custom_id: str, prompt: str = "") -> None:
        super().__init__(custom_id=custom_id)
        self.add_item(
            ui.Label(
                text="Prompt",
                description="What should be in the picture",
                component=ui.TextInput(
                    custom_id="prompt",
                    style=discord.TextStyle.paragraph,
                    default=prompt or None,
                    max_length=PROMPT_LIMIT,
                ),
            )
        )
        self.add_item(
            ui.Label(
                text="What shall change",
                description="In words: the left hand, the sky. Left empty, all of it may change.",
                component=ui.TextInput(custom_id="mask_words", required=False, max_length=MASK_WORDS_LIMIT),
            )
        )
        self.add_item(
            ui.Label(
                text="Strength",
                description="How much may change: 0.3 is a little, 1 nearly all",
                component=ui.TextInput(
                    custom_id="strength",
                    required=False,
                    max_length=_STRENGTH_LIMIT,
                    placeholder="0.75, or 1 where only a part changes",
                ),
            )
        )
        self.add_item(
            ui.Label(
                text="Mask",
                description="Instead of words: as large as the picture, white where it shall change",
                component=ui.FileUpload(custom_id="mask", required=False, min_values=0, max_values=1),
            )
        )
        # discord.py need not wait for the answer: it would miss it after a restart, and it would miss the
        # second one when two members have the same form open.
        self.stop()


@dataclass(frozen=True, slots=True)
class Edit:
    """How a picture shall change."""

    prompt: str
    mask_words: str | None
    strength: float | None
    mask: discord.Attachment | None


def read_form(interaction: discord.Interaction[Darkroom]) -> Edit:
    """What a member has filled in. Raises Refusal."""
    data: Any = interaction.data
    fields = {label["component"]["custom_id"]: label["component"] for label in data["components"]}
    prompt, mask_words, strength = (
        " ".join((fields[name].get("value") or "").split()) for name in ("prompt", "mask_words", "strength")
    )
    if not prompt:
        raise Refusal("The prompt is empty. Please say what should be in the picture.")
    uploads = fields["mask"].get("values") or []
    mask = attachment(interaction, data["resolved"]["attachments"][uploads[0]]) if uploads else None
    refuse_two_masks(mask, mask_words)
    return Edit(prompt, mask_words or None, _strength(strength), mask)


def attachment(interaction: discord.Interaction[Darkroom], data: Any) -> discord.Attachment:
    """A file, from what Discord says of it."""
    return discord.Attachment(data=data, state=interaction._state)


def _strength(typed: str) -> float | None:
    """A number as people write it, also with a comma."""
    if not typed:
        return None
    try:
        strength = float(typed.replace(",", "."))
    except ValueError:
        strength = 0
    if not _LEAST_STRENGTH <= strength <= 1:
        raise Refusal(
            f"The strength is a number from {_LEAST_STRENGTH} to 1, such as 0.5, and not "
            f"“{escape(typed, _STRENGTH_LIMIT)}”."
        )
    return strength
