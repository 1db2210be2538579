"""`darkroom manifest`: the checksums of all that judgement rests on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from commands.options import Json
from commands.writing import write_whole

manifest = typer.Typer(
    no_args_is_help=True,
    help="Check, write or sign the checksums of the detectors, lists and rules that judge.",
)


@manifest.command()
def check(as_json: Json = False) -> None:
    """Look at every file that judgement rests on; each that is missing or altered is a line."""
    from moderation.manifest import trusted
    from storage.settings import Settings, read_settings

    read_settings(Settings)
    wrong = list(trusted().wrong())
    if as_json:
        typer.echo(json.dumps({"right": not wrong, "wrong": [str(each) for each in wrong]}))
    else:
        typer.echo("\n".join(map(str, wrong)) or "Every file is as the manifest says.")
    if wrong:
        raise typer.Exit(1)


@manifest.command()
def write() -> None:
    """Write the manifest that ships, after a change to a detector, a list or a rule of Darkroom itself."""
    from moderation.manifest import SHIPPED, covered, written

    SHIPPED.write_text(written(covered()), encoding="utf-8")
    typer.echo(str(SHIPPED))


@manifest.command()
def sign(
    key: Annotated[Path, typer.Argument(help="Your private key, as ssh-keygen -t ed25519 makes it.")],
    file: Annotated[Path, typer.Argument(help="Where to write your manifest.")],
) -> None:
    """Write a manifest of your own, of the files as they are now, signed with your key.

    DARKROOM_MANIFEST and DARKROOM_MANIFEST_KEY then name it and the line of your public key.
    """
    from moderation.manifest import covered, private_key, signed, written

    write_whole(file, signed(written(covered()), private_key(key)).encode())
    typer.echo(str(file))
