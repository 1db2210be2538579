"""`darkroom describe`: the words that go with a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from commands.farm import farm
from commands.intake import kept
from commands.options import Checkpoint, Json, Picture, Policy
from commands.rendering import render
from commands.terminal import out

if TYPE_CHECKING:
    from storage.events import Description


def describe(
    file: Picture,
    checkpoint: Checkpoint = None,
    policy: Policy = "sfw",
    as_json: Json = False,
) -> None:
    """Find the words that go with a picture, and a prompt for more of its kind."""
    from moderation.policy import load_policy
    from storage.jobs import Describe
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    name, chosen_policy = checkpoint or settings.default_checkpoint, load_policy(policy)
    blob, _, _ = kept(settings, file, None)
    with farm(settings, name, []) as (connection, _):
        description = render(connection, Describe(image=blob), name, chosen_policy).description
    assert description is not None
    if as_json:
        typer.echo(description.model_dump_json())
    else:
        _print_words(description)


def _print_words(description: Description) -> None:
    from rich.table import Table

    table = Table("words", "agreement", box=None, pad_edge=False)
    best = max((word.agreement for word in description.words), default=0.0)
    for word in description.words:
        bar = "▰" * max(1, round(12 * word.agreement / best)) if best > 0 else ""
        table.add_row(word.phrase, f"{word.agreement:5.2f} {bar}")
    out.print(table)
    out.print(description.prompt, style="bold", markup=False, soft_wrap=True)
