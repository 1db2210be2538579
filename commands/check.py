"""`darkroom check-prompt` and `check-picture`: what moderation thinks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.policy import PolicyOption, policy_of
from commands.terminal import Json, fail

if TYPE_CHECKING:
    from moderation.verdict import Verdict


def check_prompt(
    text: Annotated[str, typer.Argument(help="The prompt, or - to read one prompt a line.")],
    policy: PolicyOption = "sfw",
    negative: Annotated[str, typer.Option(help="The negative prompt.")] = "",
    as_json: Json = False,
) -> None:
    """Say what moderation thinks of a prompt."""
    from moderation.judge import judge_prompt

    chosen = policy_of(policy)
    prompts = (line.rstrip("\n") for line in sys.stdin) if text == "-" else [text]
    for prompt in prompts:
        _print_verdict(judge_prompt(prompt, negative, chosen), as_json)


def check_picture(
    files: Annotated[list[Path], typer.Argument(help="Picture files.")],
    policy: PolicyOption = "sfw",
    as_json: Json = False,
) -> None:
    """Say what moderation thinks of pictures, one verdict a line."""
    from PIL import Image

    from moderation.judge import judge_picture
    from moderation.pictures import DetectorError, load_detector

    chosen = policy_of(policy)
    try:
        detector = load_detector()
    except DetectorError as error:
        fail(str(error))
    for file in files:
        checkpoint = _checkpoint_of(file)
        try:
            with Image.open(file) as picture:
                findings = detector.find(picture.convert("RGB"), checkpoint)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            fail(f"{file} is not a picture that can be read: {error}")
        _print_verdict(judge_picture(findings, chosen, checkpoint=checkpoint), as_json, str(file))


def _checkpoint_of(file: Path) -> str:
    """The checkpoint that made a picture, or "" when the picture does not say."""
    from storage.recipe_file import RecipeError, read_recipe

    try:
        recipe = read_recipe(file)
    except (OSError, RecipeError):
        return ""
    return recipe.checkpoint if recipe else ""


def _print_verdict(verdict: Verdict, as_json: bool, name: str | None = None) -> None:
    if as_json:
        answer = verdict.model_dump(mode="json")
        typer.echo(json.dumps({"file": name, **answer} if name else answer, ensure_ascii=False))
        return
    reasons = "; ".join(f"{r.rule} ({r.matched}): {r.explanation}" for r in verdict.reasons)
    line = f"{verdict.verdict}{': ' + reasons if reasons else ''}"
    typer.echo(f"{name}: {line}" if name else line)
