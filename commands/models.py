"""`darkroom models`: what is there, what is missing, and bringing it here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.add_ons import add_ons
from commands.options import Json
from commands.terminal import err, out

if TYPE_CHECKING:
    from gpuworker.models.inventory import Standing
    from gpuworker.registry import Entry
    from storage.settings import Settings

models = typer.Typer(invoke_without_command=True)
models.command("add-ons")(add_ons)

_MARKS = {
    "here": "[green]here[/]",
    "missing": "[dim]missing[/]",
    "wrong": "[red]wrong[/]",
    "refused": "[yellow]pickle[/]",
}


@models.callback()
def listing(context: typer.Context, as_json: Json = False) -> None:
    """List the models that Darkroom knows; fetch them, or check those that are here."""
    if context.invoked_subcommand is not None:
        return
    from gpuworker.models.inventory import standing
    from gpuworker.registry import registry
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    rows = [(entry, standing(entry, settings)) for entry in registry(settings).values()]
    if as_json:
        for entry, found in rows:
            typer.echo(json.dumps(_described(entry, found, settings)))
    else:
        _print_table(rows, settings)


@models.command("fetch")
def fetch_models(
    names: Annotated[list[str], typer.Argument(help="Models to fetch, by the names of the list.")],
) -> None:
    """Download models: an interrupted download continues, and only files as published are accepted."""
    from gpuworker.models.fetch import FetchError, fetch
    from gpuworker.registry import entry_of
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    entries = [entry_of(name, settings) for name in names]
    failed = False
    for entry in entries:
        try:
            with _bars() as report:
                came = fetch(entry, settings, report)
        except FetchError as error:
            typer.echo(str(error), err=True)
            failed = True
        else:
            typer.echo(f"{entry.name}: {entry.place(settings)}{'' if came else ' (was here already)'}")
    if failed:
        raise typer.Exit(1)


@models.command("check")
def check_models(
    names: Annotated[list[str] | None, typer.Argument(help="Models to check; all that are here.")] = None,
    as_json: Json = False,
) -> None:
    """Read every file of the models that are here, and compare it with its checksum."""
    from gpuworker.models.inventory import faults, standing, unverified
    from gpuworker.registry import entry_of, registry
    from storage.settings import Settings, read_settings

    settings = read_settings(Settings)
    known = registry(settings).values()
    entries = [entry_of(name, settings) for name in names or ()] or [
        entry for entry in known if entry.files and standing(entry, settings).state in ("here", "wrong")
    ]
    failed = False
    for entry in entries:
        found = list(faults(entry, settings))
        failed = failed or bool(found)
        unknown = unverified(entry, settings)
        if as_json:
            typer.echo(json.dumps({"name": entry.name, "faults": found, "no_checksum_known": unknown}))
            continue
        fine = "as published" if not unknown else f"whole; no checksum known of {', '.join(unknown)}"
        for says in found or [fine]:
            out.print("[red]✗[/]" if found else "[green]✓[/]", f"[bold]{entry.name}[/]: ", end="")
            out.print(says, markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _described(entry: Entry, found: Standing, settings: Settings) -> dict[str, Any]:
    """Give a model as JSON: its entry, and where it stands."""
    fields = entry.model_dump(mode="json", exclude={"files", "memory"}, exclude_none=True)
    return fields | {
        "state": found.state,
        "says": found.says,
        "place": str(entry.place(settings)),
        "bytes": entry.size,
        "bytes_are_all": entry.size_is_known,
        "memory_gib": entry.memory,
        "checksums": entry.checksums,
    }


def _print_table(rows: Sequence[tuple[Entry, Standing]], settings: Settings) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for header in ("model", "kind", "", "size", "memory"):
        table.add_column(header, justify="right" if header in ("size", "memory") else "left", no_wrap=True)
    table.add_column("licence")
    for entry, found in rows:
        licence = entry.licence.split(", http")[0]
        memory = "?" if entry.memory is None else f"{entry.memory:g} GiB"
        table.add_row(
            f"[bold]{entry.name}[/]", entry.kind, _MARKS[found.state], _size(entry, settings), memory, licence
        )
    out.print(table)
    out.print()
    for names, says in _notes(rows, settings).items():
        out.print(f"[bold]{names}[/]: ", end="")
        out.print(says, markup=False, soft_wrap=True)
    out.print("\nTo get one: [bold]darkroom models fetch NAME[/]. Read its licence first.")


def _notes(rows: Sequence[tuple[Entry, Standing]], settings: Settings) -> dict[str, str]:
    """List what is to be said beside the table, with the names of the models that it is true of."""
    names: dict[str, list[str]] = {}
    for entry, found in rows:
        if found.begun or found.state in ("wrong", "refused"):
            names.setdefault(found.says, []).append(entry.name)
        if entry.steps is not None and entry.guidance_scale is not None:
            suits = f"made for {entry.steps} steps at guidance scale {entry.guidance_scale:g}"
            names.setdefault(suits, []).append(entry.name)
        if settings.memory is not None and (entry.memory or 0) * 2**30 > settings.memory:
            names.setdefault("takes more than DARKROOM_MEMORY allows", []).append(entry.name)
        if entry.note is not None:
            names.setdefault(entry.note, []).append(entry.name)
        if entry.checksums in _CHECKSUMS:
            names.setdefault(_CHECKSUMS[entry.checksums], []).append(entry.name)
    return {", ".join(named): says for says, named in names.items()}


_CHECKSUMS = {
    "the Hub's": "not every checksum is known here, the Hub's are used",
    "none known": "no checksum known: what comes is taken as it is, and checked from then on",
}


def _size(entry: Entry, settings: Settings) -> str:
    from gpuworker.models.inventory import megabytes

    if entry.package is not None and not entry.files:
        place = entry.place(settings)
        files = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
        return megabytes(sum(file.stat().st_size for file in files))
    if not entry.size:
        return "?"
    return megabytes(entry.size) if entry.size_is_known else f"> {megabytes(entry.size)}"


@contextmanager
def _bars() -> Iterator[Any]:
    """Show a progress bar for each file, on a terminal."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        shown: dict[str, Any] = {}

        def report(path: str, done: int, total: int | None) -> None:
            if path not in shown:
                shown[path] = bars.add_task(path, total=total)
            bars.update(shown[path], completed=done, total=total)

        yield report
