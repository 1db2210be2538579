"""`darkroom models add-ons`: the LoRAs and embeddings of this machine, and the words that call them up."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import typer

from commands.options import Json
from commands.terminal import out


def add_ons(as_json: Json = False) -> None:
    """List the LoRAs and embeddings that prompts may name here, and what their files say of themselves."""
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    rows = [*_loras(settings), *_embeddings(settings)]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
    elif rows:
        _print_table(rows)
    else:
        out.print(f"There are none: put LoRAs into {settings.loras_folder}, embeddings into", soft_wrap=True)
        out.print(f"{settings.embeddings_folder}.", soft_wrap=True)


def _loras(settings: Any) -> list[dict[str, Any]]:
    from gpuworker.adapters.about import FileVersion, about
    from gpuworker.models.loras import lora_files

    rows = []
    for name, lora in sorted(lora_files(settings).items()):
        with suppress(OSError):
            said = about(FileVersion.of(lora.file))
            rows.append(
                {
                    "kind": "LoRA",
                    "name": name,
                    "written": f"<lora:{name}:1>",
                    "made_for": lora.family or said.family or said.made_for,
                    "triggers": list(said.triggers),
                    "embeddings": list(said.bundled),
                    "file": str(lora.file),
                }
            )
    return rows


def _embeddings(settings: Any) -> list[dict[str, Any]]:
    from gpuworker.adapters.about import FileVersion
    from gpuworker.adapters.embedding_file import words_of
    from gpuworker.models.embeddings import embedding_files

    rows = []
    for name, file in sorted(embedding_files(settings).items()):
        with suppress(OSError):
            words = words_of(FileVersion.of(file)) or (name,)
            rows += [
                {"kind": "embedding", "name": word, "written": f"<{word}>", "file": str(file)}
                for word in words
            ]
    return rows


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for header in ("kind", "written as", "made for", "words that call it up"):
        table.add_column(header, overflow="fold")
    for row in rows:
        words = [*row.get("triggers", ()), *(f"<{word}>" for word in row.get("embeddings", ()))]
        table.add_row(
            row["kind"], Text(row["written"], "bold"), row.get("made_for") or "", Text(", ".join(words))
        )
    out.print(table)
