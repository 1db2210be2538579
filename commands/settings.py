"""The settings, for a command that needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from commands.terminal import fail

if TYPE_CHECKING:
    from storage.settings import Settings

Kind = TypeVar("Kind", bound="Settings")


def settings_of(kind: type[Kind]) -> Kind:
    """Read the settings of a kind, or end with the sentence that says which one is wrong."""
    from storage.settings import SettingsError, read_settings

    try:
        return read_settings(kind)
    except SettingsError as error:
        fail(str(error))
