"""What a place on Discord lets through: a preset, and what differs from it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from moderation.names.listing import Unfit, why_no_name
from moderation.verdict import Action


class PolicyError(Exception):
    """A policy cannot be read; the message is a sentence that says what is wrong with it."""


class Preset(StrEnum):
    """The ready-made policies, from strict to open; everything else is one of them with differences."""

    FAMILY = "family"
    SFW = "sfw"
    ARTISTIC = "artistic"
    NSFW = "nsfw"


class Listed(StrEnum):
    """What becomes of prompts with a name of a list."""

    OFF = "off"
    WARN = "warn"
    BLOCK = "block"


class Warned(StrEnum):
    """What becomes of a picture of which a rule warns."""

    SPOILER = "spoiler"
    """It is posted behind Discord's spoiler."""
    REVIEW = "review"
    """It is posted once a moderator has looked at it."""


class Anatomy(StrEnum):
    """Which pictures are discarded and made again because of how somebody in them came out."""

    OFF = "off"
    NORMAL = "normal"
    """Those with a goof that nobody overlooks: a head, an arm or a leg too many or missing, a third hand."""
    STRICT = "strict"
    """Those with any goof that is found."""


class Policy(BaseModel):
    """What a place lets through. `Policy(preset="sfw")` fills every field not given from the preset.

    What warns is posted behind Discord's spoiler, or held for review, as `warned` says.

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
    suggestive_prompts: Action = Action.ALLOW
    """Prompts that ask for what is not sexual by itself, such as underwear."""
    gore: Action = Action.WARN
    """Prompts that ask for mutilated bodies."""
    names: Listed = Listed.BLOCK
    """Prompts with the name of a public person, or of a character that is tied to one or to a studio."""
    artists: Listed = Listed.BLOCK
    """Prompts with the name of a living artist on the list."""
    warned: Warned = Warned.SPOILER
    names_allowed: tuple[str, ...] = ()
    """Names of the lists, as they stand there, that are let through all the same."""
    names_added: tuple[str, ...] = ()
    """Names that are on no shipped list."""
    anatomy: Anatomy = Anatomy.NORMAL
    """What becomes of people with three arms, where the member chose nothing else."""
    attachments: bool = True
    """Whether members may hand in pictures."""
    add_ons: bool = True
    """Whether prompts may name LoRAs and embeddings."""
    checkpoints: tuple[str, ...] = ()
    """The checkpoints that may be used; all of them, if none is named."""
    roles: tuple[int, ...] = ()
    """Discord's ids of the roles whose members may ask for pictures; everybody may, if none is named."""

    @field_validator("names_added")
    @classmethod
    def _can_be_looked_for(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if why_no_name(name) is Unfit.EMPTY:
                raise ValueError("it has a name without letters")
        return names

    @property
    def is_for_adults(self) -> bool:
        """Say whether it lets anything through that Discord wants behind an age restriction."""
        is_sexual = self.sexual_prompts is not Action.BLOCK or self.nudity is not Action.BLOCK
        return is_sexual or self.gore is Action.ALLOW

    @property
    def is_custom(self) -> bool:
        """Say whether it differs from its preset."""
        return self != Policy(preset=self.preset)

    def lets(self, name: str) -> bool:
        """Say whether it lets a name of the lists or of a face through, in whichever case it is written."""
        return name.casefold() in {each.casefold() for each in self.names_allowed}

    def letting(self, names: Iterable[str]) -> Policy:
        """Give the policy that lets these names through, too; the floor knows of no such names."""
        allowed = tuple(dict.fromkeys((*self.names_allowed, *names)))
        return self if allowed == self.names_allowed else self.model_copy(update={"names_allowed": allowed})

    def is_as_open_as(self, other: Policy) -> bool:
        """Say whether it is in nothing that it says of words and pictures stricter than another policy."""
        of_both = {name: (getattr(self, name), getattr(other, name)) for name in _PRESETS[Preset.SFW]}
        return (
            all(_stricter(own, others) == others for own, others in of_both.values())
            and set(self.names_allowed) >= set(other.names_allowed)
            and set(self.names_added) <= set(other.names_added)
        )

    def for_everybody(self) -> Policy:
        """Give the policy without what only adults may see: in each field the stricter of this and SFW."""
        if not self.is_for_adults:
            return self
        closed = {name: _stricter(value, getattr(self, name)) for name, value in _PRESETS[Preset.SFW].items()}
        return self.model_copy(update={"preset": Preset.SFW, **closed})

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {**_PRESETS.get(str(data.get("preset", Preset.SFW)), {}), **data}
        return data


def _stricter(one: Action | Listed, other: str) -> Action | Listed:
    order = list(type(one))
    return max(one, type(one)(other), key=order.index)


_PRESETS: dict[str, dict[str, Action | Listed]] = {
    Preset.FAMILY: {
        "sexual_prompts": Action.BLOCK,
        "nudity": Action.BLOCK,
        "suggestive_prompts": Action.BLOCK,
        "gore": Action.BLOCK,
        "names": Listed.BLOCK,
        "artists": Listed.BLOCK,
    },
    Preset.SFW: {
        "sexual_prompts": Action.BLOCK,
        "nudity": Action.BLOCK,
        "suggestive_prompts": Action.ALLOW,
        "gore": Action.WARN,
        "names": Listed.BLOCK,
        "artists": Listed.BLOCK,
    },
    Preset.ARTISTIC: {
        "sexual_prompts": Action.WARN,
        "nudity": Action.WARN,
        "suggestive_prompts": Action.ALLOW,
        "gore": Action.WARN,
        "names": Listed.BLOCK,
        "artists": Listed.WARN,
    },
    Preset.NSFW: {
        "sexual_prompts": Action.ALLOW,
        "nudity": Action.ALLOW,
        "suggestive_prompts": Action.ALLOW,
        "gore": Action.ALLOW,
        "names": Listed.BLOCK,
        "artists": Listed.BLOCK,
    },
}

FAMILY = Policy(preset=Preset.FAMILY)
SFW = Policy(preset=Preset.SFW)
ARTISTIC = Policy(preset=Preset.ARTISTIC)
NSFW = Policy(preset=Preset.NSFW)


def effective_policy(age_restricted: bool, held: Policy | None) -> Policy:
    """Give the policy that holds in a place.

    `age_restricted` says that Discord marks it so and that no moderator has to confirm that first, `held` is
    the policy that a moderator gave to it or to what it lies in. It takes both for anything that only adults
    may see; losing either closes the place at once.
    """
    if held is None:
        return SFW
    return held if age_restricted else held.for_everybody()


def load_policy(text: str) -> Policy:
    """Read a preset's name, or the path of a JSON file like `{"preset": "sfw", "nudity": "warn"}`.

    Raises `PolicyError`, naming the field and the values it may have.
    """
    if text in _PRESETS:
        return Policy(preset=Preset(text))
    try:
        fields = json.loads(Path(text).read_text(encoding="utf-8"), object_pairs_hook=_each_once)
    except OSError as error:
        raise PolicyError(
            f"The policy {text!r} is none of {', '.join(Preset)}, nor a file that can be read "
            f"({error.strerror})."
        ) from error
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"The policy file {text} is not JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise PolicyError(f'The policy file {text} must hold one JSON object, such as {{"preset": "sfw"}}.')
    try:
        policy = Policy.model_validate(fields, extra="forbid")
    except ValidationError as error:
        raise PolicyError(f"The policy file {text} is wrong: {_complaint(error)}") from error
    if common := next((name for name in policy.names_added if why_no_name(name)), None):
        raise PolicyError(
            f"The policy file {text} is wrong: {common!r} in 'names_added' is common words, or as short as "
            "one; please write a longer name."
        )
    return policy


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of what a file says of its fields. Raises ValueError for a field that it has twice."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice!r} stands in it twice")
    return fields


def _complaint(error: ValidationError) -> str:
    """Put the first thing that pydantic found wrong into a sentence."""
    first = error.errors()[0]
    field = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"there is no field {field!r}; the fields are {', '.join(Policy.model_fields)}."
    expected = first.get("ctx", {}).get("expected")
    meant = f"it is one of {expected}" if expected else f"{first['msg'][0].lower()}{first['msg'][1:]}"
    return f"the field {field!r} cannot be {first['input']!r}; {meant}."
