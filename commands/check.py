"""`darkroom check-prompt` and `check-picture`: what moderation thinks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import Json, Negative, Policy
from commands.policy import take_own_names
from commands.several import each_of
from commands.terminal import about, standard_input
from moderation.prompt_form import one_line

if TYPE_CHECKING:
    from PIL import Image

    from moderation.pictures import Detector
    from moderation.policy import Policy as Rules
    from moderation.verdict import Verdict
    from storage.recipe import AnyRecipe


def check_prompt(
    text: Annotated[
        str,
        typer.Argument(parser=one_line, metavar="TEXT", help="The prompt, or - to read one prompt a line."),
    ],
    policy: Policy = "sfw",
    negative: Negative = "",
    as_json: Json = False,
) -> None:
    """Say what moderation thinks of a prompt."""
    from moderation.judge import judge_prompt
    from moderation.policy import load_policy
    from storage.settings import Settings, read_settings

    read_settings(Settings)  # which may name a manifest of the operator's
    chosen = load_policy(policy)
    take_own_names()
    prompts = (line.rstrip("\n") for line in standard_input()) if text == "-" else [text]
    for prompt in prompts:
        _print_verdict(judge_prompt(prompt, negative, chosen), as_json)


def check_picture(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Picture files.")],
    policy: Policy = "sfw",
    as_json: Json = False,
) -> None:
    """Say what moderation thinks of pictures and of the recipes in them, one verdict a line."""
    from moderation.pictures import load_detector
    from moderation.policy import load_policy
    from storage.settings import Settings, read_settings

    read_settings(Settings)
    chosen, detector = load_policy(policy), load_detector()
    take_own_names()

    def answer(file: Path) -> None:
        _print_verdict(_judged(file, detector, chosen), as_json, str(file))

    each_of(files, answer, as_json)


def _judged(file: Path, detector: Detector, policy: Rules) -> Verdict:
    """Judge what a picture shows and what its own recipe says, as a worker judges them."""
    from moderation.judge import judge_picture
    from moderation.lettering import lettering
    from moderation.said import Said
    from moderation.verdict import most_severe

    recipes = _recipes_of(file)
    # The pictures of a grid come from one job, and so from one checkpoint.
    checkpoint = recipes[0].checkpoint if recipes else ""
    picture = _opened(file)
    findings, written = detector.find(picture, checkpoint), lettering().read(picture, closely=True)
    verdicts = [judge_picture(findings, policy, checkpoint=checkpoint, written=written)]
    for recipe in recipes:
        verdicts += _of_recipe(recipe, policy)
        verdicts.append(
            judge_picture(
                findings,
                policy,
                Said(recipe.prompt, recipe.negative_prompt, recipe.steps, recipe.beside),
                checkpoint=checkpoint,
                written=written,
            )
        )
    if not recipes:
        verdicts += _of_another_program(file, policy)
    joined = most_severe(verdicts)
    return joined.model_copy(update={"reasons": tuple(dict.fromkeys(joined.reasons))})


def _of_recipe(recipe: AnyRecipe, policy: Rules) -> Iterator[Verdict]:
    """Judge what was asked for: the prompts, and the words of the start."""
    from moderation.judge import judge_prompt

    if recipe.prompt:
        words = recipe.prompt, recipe.negative_prompt
        yield judge_prompt(*words, policy, steps=recipe.steps, beside=recipe.beside)


def _of_another_program(file: Path, policy: Rules) -> Iterator[Verdict]:
    """Judge the words that another program wrote into a picture; however many they are, they are read."""
    from textwrap import wrap

    from commands.other_programs import foreign_in
    from moderation.judge import judge_prompt
    from moderation.prompt_form import PROMPT_LIMIT
    from tasks.other_dialects import in_our_syntax

    told = foreign_in(file)
    if told and told.prompt:
        first, *others = wrap(in_our_syntax(told.prompt, told.dialect), PROMPT_LIMIT)
        unwanted = wrap(in_our_syntax(told.negative_prompt, told.dialect), PROMPT_LIMIT) or [""]
        yield judge_prompt(first, unwanted[0], policy, beside=others)


def _opened(file: Path) -> Image.Image:
    """Open a picture as chat opens those of members. Raises OSError, IntakeError."""
    from commands.intake import file_bytes
    from storage.intake import LARGEST_OF_OURS, look_at

    data = file_bytes(file, LARGEST_OF_OURS)
    with about(file):
        return look_at(data)


def _recipes_of(file: Path) -> tuple[AnyRecipe, ...]:
    """Read the recipes in a picture; none if they cannot be read, as what it shows is judged in any case."""
    from storage.recipe_file import RecipeError, read_recipes

    try:
        return read_recipes(file)
    except RecipeError:
        return ()


def _print_verdict(verdict: Verdict, as_json: bool, name: str | None = None) -> None:
    if as_json:
        answer = verdict.model_dump(mode="json")
        typer.echo(json.dumps({"file": name, **answer} if name else answer, ensure_ascii=False))
        return
    reasons = "; ".join(f"{r.rule} ({r.matched}): {r.explanation}" for r in verdict.reasons)
    line = f"{verdict.verdict}{': ' + reasons if reasons else ''}"
    typer.echo(f"{name}: {line}" if name else line)
