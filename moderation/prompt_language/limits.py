"""How much a prompt may ask for, and what it names that has to be there."""

from __future__ import annotations

from moderation.prompt_language.fragments import leaves, sections
from moderation.prompt_language.parse import parse
from moderation.prompt_language.schedule import over_steps
from moderation.prompt_language.tree import Embedding, Lora, Prompt

BRANCH_LIMIT = 8
"""Prompts that `AND` composes. Each is one more row of every forward pass."""
CHUNK_LIMIT = 8
"""Chunks of 75 tokens. Each makes the cross-attention of every step longer."""
MOMENT_LIMIT = 16
"""Different prompts in the course of one picture. Each is read by the text towers and kept."""
SHADE_LIMIT = 16
"""Different weights. Each makes the text towers read the prompt once more."""
TOO_MANY_CHUNKS = (
    f"The {{name}} is longer than {CHUNK_LIMIT} chunks of 75 tokens: please shorten it or write fewer BREAKs."
)


def too_much(prompt: Prompt, negative: Prompt, steps: int) -> str | None:
    """Say in a sentence what a prompt and its negative prompt ask for too much of, or None.

    Tokens are counted where there is a tokenizer; here a `BREAK` is known to begin a chunk.
    """
    if len(negative.branches) > 1:
        return "The negative prompt cannot compose prompts with AND: please write commas instead."
    return _too_much(prompt, "prompt", steps) or _too_much(negative, "negative prompt", steps)


def addons(prompt: Prompt) -> list[Lora | Embedding]:
    """The LoRAs and embeddings that a prompt names, each once."""
    found = (leaf for branch in prompt.branches for leaf, _ in leaves(branch.parts))
    return list(dict.fromkeys(node for node in found if isinstance(node, Lora | Embedding)))


def missing_addon(*prompts: str) -> str | None:
    """Say in a sentence which LoRA or embedding the prompts name that nobody has yet, or None."""
    for addon in (addon for prompt in prompts for addon in addons(parse(prompt))):
        kind = "LoRA" if isinstance(addon, Lora) else "embedding"
        return f"This server has no {kind} called {addon.name}: please take {addon} out of the prompt."
    return None


def _too_much(prompt: Prompt, name: str, steps: int) -> str | None:
    if len(prompt.branches) > BRANCH_LIMIT:
        return f"The {name} composes more than {BRANCH_LIMIT} prompts with AND: please leave some out."
    if max(len(sections(branch.parts)) for branch in prompt.branches) > CHUNK_LIMIT:
        return TOO_MANY_CHUNKS.format(name=name)
    weights = {weight for branch in prompt.branches for _, weight in leaves(branch.parts)}
    if len(weights - {1.0}) > SHADE_LIMIT:
        return f"The {name} has more than {SHADE_LIMIT} different weights: please make some of them equal."
    if len(set(map(id, over_steps(prompt, steps)))) > MOMENT_LIMIT:
        return (
            f"The {name} becomes more than {MOMENT_LIMIT} different prompts in {steps} steps: please write "
            "fewer schedules such as [a|b]."
        )
    return None
