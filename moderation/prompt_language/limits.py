"""How much a prompt may ask for, and which add-ons it names."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TypeAlias

from moderation.prompt_language.fragments import leaves, sections
from moderation.prompt_language.schedule import over_steps
from moderation.prompt_language.tree import Embedding, Lora, Node, Prompt, bounded

BRANCH_LIMIT = 8
"""Prompts that `AND` composes. Each is one more row of every forward pass."""
CHUNK_LIMIT = 8
"""Chunks of 75 tokens. Each makes the cross-attention of every step longer."""
MOMENT_LIMIT = 16
"""Different prompts in the course of one picture. The text encoders read each, and it stays in memory."""
LORA_LIMIT = 4
"""LoRAs of one picture. Each makes every step longer."""
SHADE_LIMIT = 16
"""Different weights. Each makes the text encoders read the prompt once more."""
LoraSet: TypeAlias = tuple[tuple[str, float], ...]
"""LoRAs by name, in alphabetical order, with their weights, none of which is 0."""
TOO_MANY_CHUNKS = (
    f"The {{name}} is longer than {CHUNK_LIMIT} chunks of 75 tokens: please shorten it or write fewer BREAKs."
)


def too_much(prompt: Prompt, negative: Prompt, steps: int) -> str | None:
    """Say in a sentence what a prompt or its negative prompt asks too much of, or None.

    Tokens are counted where there is a tokenizer; here a `BREAK` is known to begin a chunk.
    """
    if len(negative.branches) > 1:
        return "The negative prompt cannot compose prompts with AND: please write commas instead."
    return _too_much(prompt, "prompt", steps) or _too_much(negative, "negative prompt", steps)


def asks_little(text: str) -> bool:
    """Say at a glance whether a text is within all limits, so that it need not be parsed; False is no answer.

    It is if it has too few signs to be more. Many weights inside weights and schedules are not for a glance.
    """
    if (
        _SCHEDULE.search(text)
        or "AND" in text
        or text.count("BREAK") >= CHUNK_LIMIT
        or text.count("<") > LORA_LIMIT
    ):
        return False
    signs = [found[0] for found in _WEIGHT.finditer(text)]
    if len(signs) < SHADE_LIMIT:
        return True
    return not _WITHIN.search(text) and len(set(signs)) < SHADE_LIMIT


_SCHEDULE = re.compile(r"\[[^\]]*[|:]|\[[^\]]*\[|\\")
_WEIGHT = re.compile(r":\s*[+-]?[\d.]+|[!+—-]+|[(\[](?![^()\[\]:]*:)")
"""What gives words a weight: a number, signs, a bracket without a number in it."""
_WITHIN = re.compile(r"[(\[][^)\]]*[(\[]|[)\]]\s*[!+—-]")


def loras(prompt: Prompt) -> LoraSet:
    """Give the LoRAs that a prompt names; the weights of one that is named twice are added up."""
    weights: dict[str, float] = defaultdict(float)
    for node in _leaves(prompt):
        if isinstance(node, Lora):
            weights[node.name] += node.weight
    return tuple((name, bounded(weight)) for name, weight in sorted(weights.items()) if bounded(weight))


def embeddings(prompt: Prompt) -> set[str]:
    """Give the names of the embeddings that a prompt takes for words."""
    return {node.name for node in _leaves(prompt) if isinstance(node, Embedding)}


def misplaced_addon(prompt: Prompt, negative: Prompt) -> str | None:
    """Say in a sentence what is named in the wrong place, or None.

    Which LoRAs and embeddings there are is for the farm to say.
    """
    for node in _leaves(negative):
        if isinstance(node, Lora):
            return f"A LoRA is for the whole picture: please write {node} into the prompt itself."
    return None


def _leaves(prompt: Prompt) -> list[Node]:
    return [leaf for branch in prompt.branches for leaf, _ in leaves(branch.parts)]


def _too_much(prompt: Prompt, name: str, steps: int) -> str | None:
    if len(prompt.branches) > BRANCH_LIMIT:
        return f"The {name} composes more than {BRANCH_LIMIT} prompts with AND: please leave some out."
    if max(len(sections(branch.parts)) for branch in prompt.branches) > CHUNK_LIMIT:
        return TOO_MANY_CHUNKS.format(name=name)
    if len(loras(prompt)) > LORA_LIMIT:
        return f"The {name} names more than {LORA_LIMIT} LoRAs: please leave some out."
    weights = {weight for branch in prompt.branches for _, weight in leaves(branch.parts)}
    if len(weights - {1.0}) > SHADE_LIMIT:
        return f"The {name} has more than {SHADE_LIMIT} different weights: please make some of them equal."
    if len(set(map(id, over_steps(prompt, steps)))) > MOMENT_LIMIT:
        return (
            f"The {name} becomes more than {MOMENT_LIMIT} different prompts in {steps} steps: please write "
            "fewer schedules such as [a|b]."
        )
    return None
