"""What an operator is told after typing a command that cannot be read: one sentence each."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from typer.exceptions import TyperException

MEANT = {"ar": "--size 16:9", "no": "--negative", "n": "--count", "s": "--seed", "q": "--quality"}
"""Options of other programs, by name, and what they are called here."""
_ALIKE = 0.6
"""Likeness of two names, without their hyphens, from which one may be meant by the other."""
_COUNTS = {int: "a whole number", float: "a number"}


def usage_sentence(error: TyperException) -> str:
    """Say what cannot be read, and what to type instead."""
    said = _WAYS.get(type(error).__name__, _plain)(error)
    context = getattr(error, "ctx", None)
    if context is None or said.endswith("?"):
        return said if said.endswith("?") else f"{said.rstrip('.')}."
    return f"{said.rstrip('.')}; see {context.command_path} --help."


def _no_option(error: Any) -> str:
    typed, command = error.option_name.lstrip("-"), error.ctx.command
    known = [name[2:] for param in command.params for name in param.opts if name.startswith("--")]
    said = f"There is no option {error.option_name}"
    if (meant := MEANT.get(typed)) and meant.split()[0][2:] in known:
        return f"{said}: here it is {meant}"
    if near := difflib.get_close_matches(typed, known, n=2, cutoff=_ALIKE):
        return f"{said}: did you mean {' or '.join(f'--{name}' for name in near)}?"
    if getattr(command, "commands", None):
        return f"{said} before a command: its own options stand behind it"
    words = [param.name for param in command.params if param.param_type_name == "argument"]
    if near := difflib.get_close_matches(typed, words, n=1, cutoff=_ALIKE):
        return f"{said}: {near[0].upper()} stands by itself, in quotes if it has several words"
    return said


def _missing(error: Any) -> str:
    help_text = (error.param.help or "").rstrip(".")
    what = f" ({help_text[:1].lower()}{help_text[1:]})" if help_text else ""
    return f"{error.ctx.command_path} needs {_name(error.param)}{what}"


def _bad_value(error: Any) -> str:
    """Say which values an option takes; what our own readers raise is a sentence already."""
    problems = getattr(error.__cause__, "errors", None)
    if problems is None or error.param is None:
        return str(error.message)
    annotation, param = error.param.type_descriptor.annotation, error.param
    kind = _COUNTS.get((get_args(annotation) or (annotation,))[0])
    if kind is None:
        return f"{_name(param)}: {error.message}"
    lowest, highest = getattr(param, "min", None), getattr(param, "max", None)
    within = {
        (True, True): f" from {lowest} to {highest}",
        (True, False): f" of at least {lowest}",
        (False, True): f" of at most {highest}",
    }.get((lowest is not None, highest is not None), "")
    return f"{_name(param)} takes {kind}{within}, not {problems()[0]['input']}"


def _bad_option(error: Any) -> str:
    if "does not take a value" in error.message:
        return f"{error.option_name} stands alone, without a value"
    return f"{error.option_name} needs a value behind it"


def _plain(error: Any) -> str:
    """Report what has no class of its own: an unknown command, words that are too many."""
    said = str(error.format_message())
    if unknown := re.match(
        r"No such command '(?P<name>.*?)'\.", said.replace(" Did you mean", ". Did you mean")
    ):
        known = list(error.ctx.command.commands)
        options = {
            *error.ctx.help_option_names,
            *(name for each in error.ctx.command.params for name in each.opts),
        }
        if (option := f"--{unknown['name']}") in options:
            return f"There is no command {unknown['name']}: did you mean {option}?"
        near = difflib.get_close_matches(unknown["name"], known, n=2)
        if near:
            return f"There is no command {unknown['name']}: did you mean {' or '.join(near)}?"
        return f"There is no command {unknown['name']}: choose one of {', '.join(known)}"
    if more := re.match(r"Got unexpected extra argument\(s\) \((?P<words>.*)\)", said, re.DOTALL):
        return f"I do not know what to do with {more['words']}: a prompt of several words stands in quotes"
    return said


def _name(param: Any) -> str:
    """Give the name of a parameter on the command line: `--best-of`, or `FILE`."""
    if param.param_type_name == "option":
        return str(max(param.opts, key=len))
    return str(param.metavar or param.name.upper())


_WAYS = {
    "NoSuchOption": _no_option,
    "MissingParameter": _missing,
    "BadParameter": _bad_value,
    "BadOptionUsage": _bad_option,
}
"""By the names of Typer's classes, which it does not export."""
