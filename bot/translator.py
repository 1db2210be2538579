"""The commands' names and descriptions in members' own languages, which Discord shows instead of ours.

A language is a TOML file in `languages/`: a table for each command, by its English name (those of a group in
the group's table), and `[choices]` by what a choice stands for. What a language lacks stays English.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Location
from discord.app_commands import TranslationContextTypes, Translator, locale_str

from bot.language import ENGLISH, LANGUAGES, Language

_FOLDER = Path(__file__).parent / "languages"


def _table(language: Language) -> dict[str, Any]:
    if language is ENGLISH:
        return {}
    return tomllib.loads((_FOLDER / f"{language.code}.toml").read_text(encoding="utf-8"))


_TABLES = {language.code: _table(language) for language in (ENGLISH, *LANGUAGES.values())}


def option_name(language: Language, command: str, name: str) -> str:
    """Give what Discord calls an option of a command before members of that language."""
    return _text(_TABLES[language.code], command, "options", name, "name") or name


def choice_name(language: Language, choice: app_commands.Choice[Any]) -> str:
    """Give what Discord calls a choice before members of that language."""
    return _choice_name(_TABLES[language.code], choice) or choice.name


class Languages(Translator):
    """Looks up what a command, an option or a choice is called."""

    async def translate(
        self, string: locale_str, locale: Locale, context: TranslationContextTypes
    ) -> str | None:
        """Give the words for what `context` points at, or None."""
        if locale not in LANGUAGES:
            return None
        table = _TABLES[LANGUAGES[locale].code]
        thing: Any = context.data
        match context.location:
            case Location.command_name | Location.group_name:
                return _text(table, *_path(thing), "name")
            case Location.command_description | Location.group_description:
                return _text(table, *_path(thing), "description")
            case Location.parameter_name:
                return _text(table, *_path(thing.command), "options", thing.name, "name")
            case Location.parameter_description:
                return _text(table, *_path(thing.command), "options", thing.name, "description")
            case Location.choice_name:
                return _choice_name(table, thing)
            case _:
                return None


def _choice_name(table: dict[str, Any], choice: Any) -> str | None:
    # By its name where another option has a choice of that value.
    choices = table.get("choices", {})
    words: str | None = choices.get(str(choice.name)) or choices.get(str(choice.value))
    return words


def _path(command: Any) -> tuple[str, ...]:
    """Give the tables in which a command stands: one of a group stands in the group's."""
    return (
        tuple(command.qualified_name.split())
        if isinstance(command, app_commands.Command)
        else (command.name,)
    )


def _text(table: Any, *path: str) -> str | None:
    for key in path:
        table = table.get(key, {})
    return table or None
