"""`darkroom shorten`: which words of a prompt matter, and the prompt without the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from commands.farm import farm
from commands.options import Json, Policy
from commands.options import Prompt as PromptArgument
from commands.policy import refuse_blocked, refuse_malformed
from commands.rendering import render
from commands.terminal import out

if TYPE_CHECKING:
    from storage.events import Description


def shorten(prompt: PromptArgument, policy: Policy = "sfw", as_json: Json = False) -> None:
    """Show how much each word of a prompt matters, measured by leaving it out, and what can go."""
    from moderation.policy import load_policy
    from storage.jobs import Shorten
    from storage.settings import Settings, read_settings
    from tasks.shorten import checked

    refuse_malformed(prompt)
    settings, chosen_policy = read_settings(Settings), load_policy(policy)
    task = Shorten(prompt=checked(prompt))
    refuse_blocked(task.prompt, "", chosen_policy, task.steps)
    name = settings.default_checkpoint
    with farm(settings, name, []) as (connection, _):
        found = render(connection, task, name, chosen_policy).description
    assert found is not None
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        _print(found)


def _print(found: Description) -> None:
    """Print the words on the colours of their effects, those that can go faintly, and then the rest alone."""
    from rich.text import Text

    from bot.weight_strip import colour_of
    from tasks.shorten import left_out

    missing = left_out([word.phrase for word in found.words], found.prompt)
    most = max((word.agreement for word in found.words), default=0.0) or 1.0
    line = Text()
    for word, is_out in zip(found.words, missing, strict=True):
        red, green, blue = colour_of(1 + word.agreement / most)
        line.append(word.phrase, style="dim strike" if is_out else f"on rgb({red},{green},{blue})").append(
            " "
        )
    out.print(line, soft_wrap=True)
    out.print(found.prompt, style="bold", markup=False, soft_wrap=True)
