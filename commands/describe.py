"""`darkroom describe`: the words that go with a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.farm import farm
from commands.intake import kept
from commands.policy import PolicyOption, policy_of
from commands.rendering import render
from commands.settings import settings_of
from commands.terminal import Json, out


def describe(
    file: Annotated[Path, typer.Argument(help="A picture.")],
    checkpoint: Annotated[str | None, typer.Option(help="Whose workers are asked.")] = None,
    policy: PolicyOption = "sfw",
    as_json: Json = False,
) -> None:
    """Find the words that go with a picture, and a prompt for more of its kind."""
    from rich.table import Table

    from storage.jobs import Describe
    from storage.settings import Settings

    settings = settings_of(Settings)
    name = checkpoint or settings.default_checkpoint
    chosen_policy = policy_of(policy)
    blob, _, _ = kept(settings, file, None)
    with farm(settings, name) as (connection, _):
        description = render(connection, Describe(image=blob), name, chosen_policy).description
    assert description is not None
    if as_json:
        typer.echo(description.model_dump_json())
        return
    table = Table("words", "agreement", box=None, pad_edge=False)
    best = max((word.agreement for word in description.words), default=0.0)
    for word in description.words:
        bar = "▰" * max(1, round(12 * word.agreement / best)) if best > 0 else ""
        table.add_row(word.phrase, f"{word.agreement:5.2f} {bar}")
    out.print(table)
    out.print(description.prompt, style="bold", markup=False, soft_wrap=True)
