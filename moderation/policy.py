"""The policy of a channel: a preset, and what differs from it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from moderation.verdict import Action


class PolicyError(Exception):
    """A policy cannot be read; the message is a sentence that says what is wrong with it."""


class Preset(StrEnum):
    """The two ready-made policies; everything else is one of them with differences."""

    SFW = "sfw"
    NSFW = "nsfw"


class Policy(BaseModel):
    """What a channel lets through. `Policy(preset="sfw")` fills every field not given from the preset.

    In a job it meets workers of other versions, and fields that they do not know are ignored there; a file's
    are checked by `load_policy`.

    The floor (sexual content about minors, sexualised real people) is not a field: no policy can lower it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

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


def effective_policy(age_restricted: bool, opened: Policy | None) -> Policy:
    """Give the policy that holds in a channel.

    `age_restricted` is Discord's mark on the channel (a thread has its parent's), `opened` the policy that a
    moderator opened it with. It takes both for anything but SFW; losing either closes the channel at once.
    """
    return opened if age_restricted and opened is not None else SFW


def load_policy(text: str) -> Policy:
    """Read a policy from `sfw`, `nsfw` or the path of a JSON file like `{"preset": "sfw", "nudity": "warn"}`.

    Raises `PolicyError`, naming the field and the values it may have.
    """
    if text in _PRESETS:
        return Policy(preset=Preset(text))
    try:
        fields = json.loads(Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(
            f"The policy {text!r} is neither sfw nor nsfw nor a file that can be read ({error.strerror})."
        ) from error
    except ValueError as error:
        raise PolicyError(f"The policy file {text} is not JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise PolicyError(f'The policy file {text} must hold one JSON object, such as {{"preset": "sfw"}}.')
    try:
        return Policy.model_validate(fields, extra="forbid")
    except ValidationError as error:
        raise PolicyError(f"The policy file {text} is wrong: {_complaint(error)}") from error


def _complaint(error: ValidationError) -> str:
    """Put the first thing that pydantic found wrong into a sentence."""
    first = error.errors()[0]
    field = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"there is no field {field!r}; the fields are {', '.join(Policy.model_fields)}."
    return f"the field {field!r} cannot be {first['input']!r}; it is one of {first['ctx']['expected']}."
