"""What is wrong with settings, in words for whoever typed them; no value is in it, as it may be a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pydantic_settings
from pydantic import ValidationError

from storage.env_files import PREFIX

EXAMPLES: Mapping[str, str] = {
    "limits": '{"member": 100, "server": 5000}',
    "grants": '{"once": 10000, "day": 50000}',
    "weights": '{"123456789012345678": 2}',
}
"""How the settings are written that have parts, by the names of their fields."""
_FOLLOWS = "default_factory_not_called"
"""What pydantic says of a field that is right, and made up from others, one of which is wrong."""


def wrong_settings(error: ValidationError | pydantic_settings.SettingsError) -> str:
    """Name each setting that is wrong, and say what it must be."""
    if isinstance(error, ValidationError):
        told = [each for each in error.errors() if each["type"] != _FOLLOWS]
        problems = "; ".join(_problem(each["loc"], each["msg"]) for each in told)
    else:
        # It has read nothing yet but that this is no JSON, and says so in words of its own.
        named = re.search(r'field "(\w+)"', str(error))
        field = named[1] if named else ""
        problems = f"{PREFIX}{field.upper()}: must be as in {EXAMPLES.get(field, 'JSON')}"
    return f"A setting is wrong. {problems}"


def _problem(place: Sequence[int | str], said: str) -> str:
    said = said.removeprefix("Value error, ")
    if not place:
        return said
    field, *parts = map(str, place)
    inside = f" ({', '.join(parts)})" if parts else ""
    example = f", as in {EXAMPLES[field]}" if field in EXAMPLES else ""
    return f"{PREFIX}{field.upper()}{inside}: {said}{example}"
