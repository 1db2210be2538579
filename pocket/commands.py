"""What the commands that train or measure a pocket model have in common."""

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any

import torch
from rich.console import Console, RenderableType


def training_parser(
    module: str, description: str | None, minutes: float, weights: Path
) -> argparse.ArgumentParser:
    """Read the arguments of `python -m module` that trains one model.

    They are `out` (a folder for what is unfinished), `minutes`, `weights` (for the result) and `device`.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--out", type=Path, required=True, help="folder for drawings and unfinished training")
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--weights", type=Path, default=weights, help="where the model is written")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser


def begin_training() -> None:
    """Log progress with the time, and have equal runs begin with equal weights."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    torch.manual_seed(1)


def measuring_parser(module: str, description: str | None, what: str, count: int) -> argparse.ArgumentParser:
    """Read the arguments of `python -m module` that measures: `--what N` (from 1), `--seed` and `--json`."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument(f"--{what}", type=_positive, default=count, metavar="N", help="how many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return parser


def picture_parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """Read the arguments of `python -m module` that writes a picture: `--out` and `--seed`."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--out", type=Path, required=True, metavar="PNG", help="picture to write")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def show(found: dict[str, Any], tables: list[RenderableType], as_json: bool) -> None:
    """Print what was measured, for programs or for people."""
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        Console().print(*tables)
