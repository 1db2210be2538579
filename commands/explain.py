"""`darkroom explain`: how a prompt is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.options import Json
from commands.options import Prompt as PromptArgument
from commands.policy import as_option, refuse_malformed
from commands.terminal import out

if TYPE_CHECKING:
    from moderation.prompt_language.tree import Prompt


def explain(
    prompt: PromptArgument,
    steps: Annotated[int, typer.Option(min=1, max=150, help="For which schedules are played out.")] = 20,
    as_json: Json = False,
) -> None:
    """Show how a prompt is read: what each word weighs, what is drawn when, and in how many chunks."""
    from moderation.prompt_language.habits import hints
    from moderation.prompt_language.limits import misplaced_addon, too_much
    from moderation.prompt_language.parse import parse

    refuse_malformed(prompt)
    tree, nothing = parse(prompt), parse("")
    moments = _moments(tree, steps)
    refused = too_much(tree, nothing, steps) or misplaced_addon(tree, nothing)
    meant = hints(tree, as_option)
    if as_json:
        answer = {"prompt": str(tree), "moments": moments, "refused": refused, "hints": meant}
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    _print_reading(moments)
    for sentence in [*([refused] if refused else []), *meant]:
        out.print(sentence, style="yellow", markup=False, soft_wrap=True)


def _moments(tree: Prompt, steps: int) -> list[dict[str, Any]]:
    """List what is drawn at which steps: branches with their weights, made of sections, made of words."""
    from gpuworker.checkpoints.tokenizers import clip_tokenizer
    from moderation.prompt_language.explanation import explain as explained

    tokenizer = clip_tokenizer()

    def tokens(words: str) -> int:
        return len(tokenizer(words, add_special_tokens=False, verbose=False).input_ids)

    return [
        {
            "steps": list(moment.steps),
            "branches": [
                {
                    "weight": branch.weight,
                    "sections": [
                        {
                            "tokens": sum(tokens(words.text) for words in section),
                            "words": [words._asdict() for words in section],
                        }
                        for section in branch.sections
                    ],
                }
                for branch in moment.branches
            ],
        }
        for moment in explained(tree, steps)
    ]


def _print_reading(moments: list[dict[str, Any]]) -> None:
    """Print words on the colours of their weights, a line a section, under the steps that draw them."""
    from rich.text import Text

    from bot.weight_strip import colour_of
    from moderation.prompt_language.explanation import step_names

    for moment in moments:
        if len(moments) > 1:
            out.print(f"steps {step_names(tuple(moment['steps']))}", style="dim")
        for place, branch in enumerate(moment["branches"]):
            if place:
                out.print("AND", style="bold")
            for part, section in enumerate(branch["sections"]):
                line = Text("BREAK " if part else "")
                for words in section["words"]:
                    label = (
                        words["text"] if words["weight"] == 1 else f"{words['text']} {words['weight']:.2f}"
                    )
                    line.append(label, style="on rgb({},{},{})".format(*colour_of(words["weight"])))
                chunks = max(1, -(-section["tokens"] // 75))
                line.append(f"  {section['tokens']} tokens, {chunks} chunk{'s' * (chunks > 1)}", style="dim")
                out.print(line, soft_wrap=True)
            if branch["weight"] != 1:
                out.print(f"weight {branch['weight']:g}", style="dim")
