"""How much a prompt may ask for, and which add-ons it names."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from typing import TypeAlias

from moderation.prompt_language.fragments import leaves, sections
from moderation.prompt_language.schedule import over_steps
from moderation.prompt_language.tree import Embedding, Lora, Node, Prompt, Text, bounded
from moderation.told import Told

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
"""LoRAs by name, in alphabetical order, with their weights, none of which is 0 in all networks."""


def too_much(prompt: Prompt, negative: Prompt, steps: int) -> Told | None:
    """Say in a sentence what a prompt or its negative prompt asks too much of, or None.

    Tokens are counted where there is a tokenizer; here a `BREAK` is known to begin a chunk.
    """
    if len(negative.branches) > 1:
        return Told("The negative prompt cannot compose prompts with AND: please write commas instead.")
    return _too_much(prompt, Told("prompt"), steps) or _too_much(negative, Told("negative prompt"), steps)


def says_nothing(text: str, prompt: Callable[[], Prompt]) -> bool:
    """Say whether a text has brackets, weights and punctuation, but no word, number, emoji or add-on.

    It is parsed only if it has no letter, which few have not.
    """
    if _LETTER.search(_COMPOSING.sub("", text)):
        return False
    return not any(
        isinstance(leaf, (Lora, Embedding)) or (isinstance(leaf, Text) and any(map(_shows, leaf.text)))
        for leaf in _leaves(prompt())
    )


def _shows(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" or category in ("So", "Me")


_LETTER = re.compile(r"[^\W\d_]")
_COMPOSING = re.compile(r"\b(?:AND|BREAK)\b")


def asks_little(text: str) -> bool:
    """Say at a glance whether a text is within all limits, so that it need not be parsed; False is no answer.

    It is if it has too few signs to be more. Many weights inside weights and schedules are not for a glance.
    """
    if (
        (("[" in text or "\\" in text) and _SCHEDULE.search(text))
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
_WEIGHT = re.compile(r"[:!+—(\[-](?:(?<=:)\s*[+-]?[\d.]+|(?<=[!+—-])[!+—-]*|(?<=[(\[])(?![^()\[\]:]*:))")
"""What gives words a weight: a number, signs, a bracket without a number in it.

Like the next, it begins with the letters that it may begin with: those are looked for many times faster.
"""
_WITHIN = re.compile(r"[(\[)\]](?:(?<=[(\[])[^)\]]*[(\[]|(?<=[)\]])\s*[!+—-])")


def loras(prompt: Prompt) -> LoraSet:
    """Give the LoRAs that a prompt names; the weights of one that is named twice are added up."""
    return tuple(
        (name, weight) for name, (weight, text) in sorted(_lora_weights(prompt).items()) if weight or text
    )


def text_weights(prompt: Prompt) -> LoraSet:
    """Give those of the LoRAs that weigh otherwise in the text towers, with their weights there."""
    return tuple(
        (name, text) for name, (weight, text) in sorted(_lora_weights(prompt).items()) if text != weight
    )


def _lora_weights(prompt: Prompt) -> dict[str, tuple[float, float]]:
    drawn: dict[str, float] = defaultdict(float)
    text: dict[str, float] = defaultdict(float)
    for node in _leaves(prompt):
        if isinstance(node, Lora):
            drawn[node.name] += node.weight
            text[node.name] += node.weight if node.text_weight is None else node.text_weight
    return {name: (bounded(drawn[name]), bounded(text[name])) for name in drawn}


def embeddings(prompt: Prompt) -> set[str]:
    """Give the names of the embeddings that a prompt takes for words."""
    return {node.name for node in _leaves(prompt) if isinstance(node, Embedding)}


def misplaced_addon(prompt: Prompt, negative: Prompt) -> Told | None:
    """Say in a sentence what is named in the wrong place, or None.

    Which LoRAs and embeddings there are is for the farm to say.
    """
    for node in _leaves(prompt):
        if isinstance(node, Lora) and node.unread:
            return Told(
                "In {tag} I do not understand {field}: a LoRA has one weight, or one for the text towers and "
                "one for the rest, as in <lora:name:0.5:0.8>.",
                tag=str(node),
                field=node.unread[0],
            )
    for node in _leaves(negative):
        if isinstance(node, Lora):
            return Told(
                "A LoRA is for the whole picture: please write {tag} into the prompt itself.", tag=str(node)
            )
    return None


def _leaves(prompt: Prompt) -> list[Node]:
    return [leaf for branch in prompt.branches for leaf, _ in leaves(branch.parts)]


def _too_much(prompt: Prompt, name: Told, steps: int) -> Told | None:
    if len(prompt.branches) > BRANCH_LIMIT:
        return Told(
            "The {name} composes more than {most} prompts with AND: please leave some out.",
            name=name,
            most=BRANCH_LIMIT,
        )
    if max(len(sections(branch.parts)) for branch in prompt.branches) > CHUNK_LIMIT:
        return too_many_chunks(name)
    if len(loras(prompt)) > LORA_LIMIT:
        return Told(
            "The {name} names more than {most} LoRAs: please leave some out.", name=name, most=LORA_LIMIT
        )
    weights = {weight for branch in prompt.branches for _, weight in leaves(branch.parts)}
    if len(weights - {1.0}) > SHADE_LIMIT:
        return Told(
            "The {name} has more than {most} different weights: please make some of them equal.",
            name=name,
            most=SHADE_LIMIT,
        )
    if len(set(map(id, over_steps(prompt, steps)))) > MOMENT_LIMIT:
        return Told(
            "The {name} becomes more than {most} different prompts in {steps} steps: please write fewer "
            "schedules such as [a|b].",
            name=name,
            most=MOMENT_LIMIT,
            steps=steps,
        )
    return None


def too_many_chunks(name: Told) -> Told:
    """Say that a prompt, by the name that members call it, is longer than CHUNK_LIMIT."""
    return Told(
        "The {name} is longer than {most} chunks of 75 tokens: please shorten it or write fewer BREAKs.",
        name=name,
        most=CHUNK_LIMIT,
    )
