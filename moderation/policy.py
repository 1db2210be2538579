"""The policy of a channel: a preset and what differs from it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from moderation.verdict import Action


class Preset(StrEnum):
    """The two ready-made policies; everything else is one of them with differences."""

    SFW = "sfw"
    NSFW = "nsfw"


class Policy(BaseModel):
    """What a channel lets through. `Policy(preset="sfw")` fills every field that is not given from the preset.

    The floor (sexual content about minors, sexualised real people) is not a field: no policy can lower it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Preset = Preset.SFW
    sexual_prompts: Action = Action.BLOCK
    """Prompts that ask for nudity or sex."""
    nudity: Action = Action.BLOCK
    """Pictures in which the detector sees exposed bodies."""

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {**_PRESETS.get(str(data.get("preset", Preset.SFW)), {}), **data}
        return data


_PRESETS: dict[str, dict[str, Action]] = {
    Preset.SFW: {"sexual_prompts": Action.BLOCK, "nudity": Action.BLOCK},
    Preset.NSFW: {"sexual_prompts": Action.ALLOW, "nudity": Action.ALLOW},
}

SFW = Policy(preset=Preset.SFW)
NSFW = Policy(preset=Preset.NSFW)
