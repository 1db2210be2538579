"""The policy that an operator names, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

from commands.terminal import fail

if TYPE_CHECKING:
    from moderation.policy import Policy


def refuse_malformed(prompt: str) -> None:
    """Raise Refused if a prompt cannot be read at all, as if it came in another encoding."""
    from moderation.prompt_form import malformed
    from moderation.told import Told

    if reason := malformed(prompt, Told("prompt")):
        fail(reason.explanation)


def refuse_blocked(
    prompt: str, negative: str, policy: Policy, steps: int, beside: Iterable[str] = ()
) -> None:
    """Raise Refused if the policy forbids what is said, or if it names an add-on in the wrong place.

    `beside` are the other texts that say what the picture shall show, such as the words of a mask. Habits
    from other programs get a hint on standard error.
    """
    from moderation.prompt_language.habits import hints
    from moderation.prompt_language.limits import misplaced_addon
    from moderation.prompt_language.parse import parse

    refuse_forbidden(prompt, negative, policy, steps, beside)
    tree, negative_tree = parse(prompt), parse(negative)
    if sentence := misplaced_addon(tree, negative_tree):
        fail(sentence)
    for hint in hints(tree, as_option):
        typer.echo(f"Note: {hint}", err=True)


def refuse_forbidden(
    prompt: str, negative: str, policy: Policy, steps: int, beside: Iterable[str] = ()
) -> None:
    """Raise Refused if the policy forbids what is said over so many steps; `beside` as above."""
    from moderation.judge import judge_prompt

    take_own_names()
    verdict = judge_prompt(prompt, negative, policy, steps=steps, beside=beside)
    if verdict.blocked:
        fail(" ".join(reason.explanation for reason in verdict.refusing))


def take_own_names() -> None:
    """Look for the names of the operator's own lists, too. Raises ListError and SettingsError."""
    from moderation.judge import take_names
    from storage.settings import Settings, read_settings

    take_names(read_settings(Settings).names)


def as_option(name: str, value: str) -> str:
    """Write an option as it is typed on the command line."""
    return f"--{name} {value}"
