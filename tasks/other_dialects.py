"""Other programs' prompts in the syntax that is read here: the same words with the same weights.

What is syntax only here is escaped. `AND`, `BREAK` and LoRAs stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from moderation.prompt_language.tree import bounded, number
from storage.intake.other_programs.foreign_recipe import Dialect

_DEEPEST = 50
_NUMBER = r"[+-]?(?:\d{1,8}(?:\.\d{0,8})?|\.\d{1,8})"
_SIGNED = re.compile(r"(?<=[\w)\]])(?:!+|\+{2,}|-{2,}|[—-]*—[—-]*)(?!\w)")
"""Weights by signs behind a word, as Compel and InvokeAI have them."""
_NAI = re.compile(rf"(?P<begins>{_NUMBER})?::|[{{}}\[\]]|[^:{{}}\[\]\d.+-]+|.", re.DOTALL)
_COMFY = re.compile(rf"\\.|[()]|:\s*(?P<weight>{_NUMBER})\s*(?=\))|[^\\():]+|.", re.DOTALL)
_KEPT = re.compile(r"(<(?:lora|lyco):[^<>]{1,300}>|\b(?:AND|BREAK)\b)", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\()\[\]<|]")
_OPEN, _CLOSE = "\0", "\1"
"""Stand for brackets among words, which have no control characters."""
_ONE = {"+": 1.1, "-": 0.9}
Segments: TypeAlias = Iterable[tuple[str, float]]
"""Words without syntax, and their weights."""


def in_our_syntax(prompt: str, dialect: Dialect) -> str:
    """Write a prompt on one line and in our syntax; unchanged if it is plain words."""
    return _DIALECTS[dialect](" ".join(prompt.split()))


def _a1111(prompt: str) -> str:
    return _without_signs(prompt)


def _without_signs(prompt: str) -> str:
    """Escape what is a weight here and mere signs there."""
    return _SIGNED.sub(lambda found: "".join(f"\\{sign}" for sign in found[0]), prompt)


def _invokeai(prompt: str) -> str:
    """`(red)1.3` has its weight behind it, and one + or - counts, too; square brackets are words."""
    prompt = re.sub(r"[\[\]<|!]", r"\\\g<0>", prompt)
    prompt = re.sub(rf"\)({_NUMBER})", r":\1)", prompt)
    prompt = re.sub(r"\)([+-])(?=[\s,.)]|$)", lambda found: f":{_ONE[found[1]]})", prompt)
    return re.sub(r"(?<!\w)(\w+)([+-])(?=[\s,.)]|$)", lambda found: f"({found[1]}:{_ONE[found[2]]})", prompt)


def _comfyui(prompt: str) -> str:
    """A weight that is said replaces those around it, and square brackets and bars are words."""
    return _without_signs(_written(_comfyui_segments(prompt)) if _SPECIAL.search(prompt) else prompt)


def _comfyui_segments(prompt: str) -> Iterator[tuple[str, float]]:
    # Which weight holds inside a bracket is only known at its end: what is inside waits for it.
    held: list[list[str]] = [[]]
    explicit = [""]
    for token in _COMFY.finditer(prompt):
        said = token[0]
        if said == "(" and len(held) < _DEEPEST:
            held.append([])
            explicit.append("")
        elif said == ")" and len(held) > 1:
            inner = held.pop()
            held[-1] += [f"{_OPEN}{explicit.pop()}", *inner, _CLOSE]
        elif token["weight"] is not None and len(held) > 1:
            explicit[-1] = token["weight"]
        else:
            held[-1].append(said[1:] if said[0] == "\\" and len(said) > 1 else said)
    while len(held) > 1:
        inner = held.pop()
        held[-1] += [_OPEN, *inner, _CLOSE]
    return _flat(held[0])


def _flat(marked: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Give each text the weight of the innermost bracket that says one, times 1.1 for each within."""
    weights = [1.0]
    for text in marked:
        if text.startswith(_OPEN):
            weights.append(float(text[1:]) if text[1:] else weights[-1] * 1.1)
        elif text == _CLOSE:
            weights.pop()
        else:
            yield text, weights[-1]


def _novelai(prompt: str) -> str:
    """`{a}` weighs 1.05, `[a]` 1/1.05, `1.3::a::` 1.3; round brackets are words."""
    if not re.search(r"[{}\[\]()\\<|]|::", prompt):
        return _without_signs(prompt)
    return _without_signs(_written(_novelai_segments(prompt)))


def _novelai_segments(prompt: str) -> Iterator[tuple[str, float]]:
    depth, explicit = 0, 1.0
    for token in _NAI.finditer(prompt):
        said = token[0]
        if said.endswith("::"):
            explicit = float(token["begins"]) if token["begins"] else 1.0
        elif said in "{}[]":
            depth += 1 if said in "{]" else -1
        else:
            yield said, explicit * 1.05 ** max(-_DEEPEST, min(_DEEPEST, depth))


def _written(segments: Segments) -> str:
    """Write segments, those of one weight together."""
    runs: list[tuple[str, float]] = []
    for text, weight in segments:
        if runs and runs[-1][1] == weight:
            runs[-1] = runs[-1][0] + text, weight
        elif text:
            runs.append((text, weight))
    return "".join(_run(text, bounded(weight)) for text, weight in runs)


def _run(text: str, weight: float) -> str:
    pieces = _KEPT.split(text)
    return "".join(
        piece if place % 2 else _weighted(_SPECIAL.sub(r"\\\g<0>", piece), weight)
        for place, piece in enumerate(pieces)
    )


def _weighted(words: str, weight: float) -> str:
    core = words.strip()
    if weight == 1 or not core:
        return words
    before, behind = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    return f"{before}({core}:{number(weight)}){behind}"


_DIALECTS: Mapping[Dialect, Callable[[str], str]] = {
    "a1111": _a1111,
    "comfyui": _comfyui,
    "invokeai": _invokeai,
    "novelai": _novelai,
}
