"""What members name in prompts: words that were trained or brought, and LoRAs, which they train alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage.training import Weights, lora_said


def is_lora(recipe: dict[str, Any] | None) -> bool:
    """Say whether it was a LoRA that was trained so."""
    return (recipe or {}).get("weights") == Weights.LORA


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameable:
    """What has a name in prompts. `recipe` says how it was trained, if that is known."""

    name: str
    recipe: dict[str, Any] | None = None

    @property
    def is_lora(self) -> bool:
        """Say whether it is a LoRA, which members train as they train words."""
        return is_lora(self.recipe)

    @property
    def written(self) -> str:
        """Give it as it stands in a prompt."""
        return lora_said(self.name) if self.is_lora else f"<{self.name}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable(Nameable):
    """An embedding that a member may name in a prompt; it was made for that `checkpoint`, if it is known."""

    id: int
    file: str
    widths: tuple[int, ...]
    checkpoint: str | None = None
