"""Rules for the definition of application commands. Reference, "Application Commands"."""

import re
from collections.abc import Iterator
from typing import Any

from .errors import Form, Json, Path

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5
USER_OPTION, CHANNEL_OPTION, ROLE_OPTION, MENTIONABLE, NUMBER, ATTACHMENT = 6, 7, 8, 9, 10, 11
NAME = re.compile(r"[-_'\w]{1,32}")
MOST_COMMANDS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
MOST_CHARACTERS, MOST_INTEGER = 8000, 2**53
LOCALES = (
    *("id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl"),
    *("pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja"),
    *("zh-TW", "ko"),
)


def check_commands(commands: list[Any]) -> None:
    """Refuse the whole overwrite when one command is wrong."""
    form, seen = Form(), set()
    for kind, most in MOST_COMMANDS.items():
        if sum(command.get("type", CHAT_INPUT) == kind for command in commands) > most:
            form.wrong((), "APPLICATION_COMMAND_TOO_MANY", f"At most {most} commands of type {kind}.")
    for index, command in enumerate(commands):
        key = (command.get("type", CHAT_INPUT), command.get("name"))
        if key in seen:
            form.wrong(
                (index, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Command names must be unique."
            )
        seen.add(key)
        check_command(form, (index,), command)
    form.finish()


def check_command(form: Form, path: Path, command: Json) -> None:
    """Slash commands have a description and options; commands of menus have neither."""
    kind = command.get("type", CHAT_INPUT)
    form.one_of((*path, "type"), kind, MOST_COMMANDS)
    if kind == CHAT_INPUT:
        check_named(form, path, command)
        check_options(form, path, command.get("options"), depth=0)
        if characters(command) > MOST_CHARACTERS:
            form.wrong(
                path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds {MOST_CHARACTERS} characters."
            )
        return
    for at, name in in_all_languages(form, path, command, "name"):
        form.text(at, name, 32, 1)
    if command.get("description"):
        form.wrong((*path, "description"), "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED", "Must be empty.")
    if command.get("options"):
        form.wrong((*path, "options"), "APPLICATION_COMMAND_OPTIONS_NOT_ALLOWED", "Must be empty.")


def check_named(form: Form, path: Path, thing: Json) -> None:
    for at, name in in_all_languages(form, path, thing, "name"):
        if not isinstance(name, str) or not NAME.fullmatch(name) or name != name.lower():
            form.wrong(at, "APPLICATION_COMMAND_INVALID_NAME", f"Command name {name!r} is invalid")
    for at, description in in_all_languages(form, path, thing, "description"):
        form.text(at, description, 100, 1)


def in_all_languages(form: Form, path: Path, thing: Json, key: str) -> Iterator[tuple[Path, Any]]:
    """A text and its translations. Reference, "Localization"."""
    yield (*path, key), thing.get(key)
    at: Path = (*path, f"{key}_localizations")
    for locale, text in (thing.get(f"{key}_localizations") or {}).items():
        form.one_of((*at, locale), locale, LOCALES)
        yield (*at, locale), text


def check_options(form: Form, path: Path, options: Any, depth: int) -> None:
    names: set[tuple[str | int, Any]] = set()
    optional_seen = False
    for index, option in enumerate(form.items((*path, "options"), options, 25)):
        at: Path = (*path, "options", index)
        kind = option.get("type")
        form.one_of((*at, "type"), kind, range(1, 12))
        check_named(form, at, option)
        for where, name in in_all_languages(form, at, option, "name"):
            if (where[-1], name) in names:
                form.wrong(where, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name in use")
            names.add((where[-1], name))
        if kind in (SUB_COMMAND, SUB_COMMAND_GROUP):
            if depth > (1 if kind == SUB_COMMAND else 0):
                form.wrong((*at, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep")
            check_options(form, at, option.get("options"), depth + 1)
            continue
        if option.get("required") and optional_seen:
            form.wrong(
                at,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen |= not option.get("required")
        check_range(form, at, option)
        check_choices(form, at, option.get("choices"), kind)
        if option.get("autocomplete") and (option.get("choices") or kind not in (STRING, INTEGER, NUMBER)):
            form.wrong(
                (*at, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", "Not with choices"
            )


def check_range(form: Form, path: Path, option: Json) -> None:
    kind = option.get("type")
    for key, low, high in (("min_length", 0, 6000), ("max_length", 1, 6000)):
        if option.get(key) is not None:
            form.number((*path, key), option[key], low, high)
            if kind != STRING:
                form.wrong((*path, key), "APPLICATION_COMMAND_OPTIONS_LENGTH_INVALID", "Only for strings")
    for key in ("min_value", "max_value"):
        if option.get(key) is not None and (kind not in (INTEGER, NUMBER) or abs(option[key]) > MOST_INTEGER):
            form.wrong(
                (*path, key), "APPLICATION_COMMAND_OPTIONS_VALUE_INVALID", "Only for numbers within 2^53"
            )
    for low_key, high_key in (("min_length", "max_length"), ("min_value", "max_value")):
        least, most = option.get(low_key), option.get(high_key)
        if least is not None and most is not None and least > most:
            form.wrong(
                (*path, low_key), "APPLICATION_COMMAND_OPTIONS_MIN_MAX_INVALID", "Minimum above maximum"
            )


def check_choices(form: Form, path: Path, choices: Any, kind: Any) -> None:
    names = set()
    for index, choice in enumerate(form.items((*path, "choices"), choices, 25)):
        at: Path = (*path, "choices", index)
        for where, name in in_all_languages(form, at, choice, "name"):
            form.text(where, name, 100, 1)
        if choice.get("name") in names:
            form.wrong((*at, "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", "Name in use")
        names.add(choice.get("name"))
        check_choice_value(form, (*at, "value"), choice.get("value"), kind)


def check_choice_value(form: Form, path: Path, value: Any, kind: Any) -> None:
    """A choice, of a command or of an autocompletion, fits the type of its option."""
    if kind == STRING:
        form.text(path, value, 100, 1)
    elif isinstance(value, bool) or not isinstance(value, int if kind == INTEGER else (int, float)):
        form.wrong(path, "NUMBER_TYPE_COERCE", f'Value "{value}" does not fit option type {kind}.')
    elif abs(value) > MOST_INTEGER:
        form.wrong(path, "NUMBER_TYPE_MAX", "int value should be within 2^53.")


def characters(thing: Json) -> int:
    """Name, description and values, of everything inside; of a text in many languages the longest counts."""
    choices = sum(longest(each, "name") + len(str(each.get("value"))) for each in thing.get("choices") or [])
    own = longest(thing, "name") + longest(thing, "description")
    return own + choices + sum(characters(each) for each in thing.get("options") or [])


def longest(thing: Json, key: str) -> int:
    texts = [thing.get(key), *(thing.get(f"{key}_localizations") or {}).values()]
    return max(len(str(text or "")) for text in texts)
