"""From text to tree: every text is a prompt, and what cannot be read as syntax is words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from moderation.prompt_form import NESTING_LIMIT
from moderation.prompt_language.tree import (
    Alternate,
    Branch,
    Break,
    Embedding,
    Lora,
    Node,
    Parts,
    Prompt,
    Switch,
    Text,
    Weighted,
    bounded,
    joined,
)
from moderation.scripts import MARKS

LAST_STEP = 1000.0
"""The latest `when` that differs from never."""
_UP, _DOWN = 1.1, 1 / 1.1

_NUMBER = r"[+-]?+(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)"
"""Possessive: backtracking to shorter numbers would take time in the square of a long number's length."""
_WHOLE_NUMBER = re.compile(_NUMBER)
_ESCAPE = re.compile(r"\\([\\()\[\]])")
_AND = re.compile(r"(?<!\\)\bAND\b")
_IN_NAMES = rf"\-\w{MARKS}.'+/"
"""What names of embeddings may hold, too: a space and brackets only between `<` and `>`."""
_TOKEN = re.compile(
    rf"""
      \\(?P<escaped>[\\()\[\]<>|:!+—-]|(?:AND|BREAK)\b)
    | <(?i:lora|lyco):\s*+(?P<lora>[^<>:\s][^<>:\n]*+)(?P<fields>(?::[^<>:\n]*+)*+)>
    | <(?i:embedding:)?(?=[^<>]*[^\W\d_])(?P<embedding>\w(?:[{_IN_NAMES} ()\[\]]*[{_IN_NAMES}()\[\]])?)>
    | (?<!\w)(?i:embedding):(?=[{_IN_NAMES}]*[^\W\d_])(?P<named>\w(?:[{_IN_NAMES}]*[\w{MARKS}'+/-])?)
    | (?P<break>\bBREAK\b)
    | (?P<open>[(\[])
    | (?P<close>[)\]])
    | (?P<tail>:\s*+(?P<number>{_NUMBER})\s*+(?=[)\]]|\Z))
    | (?P<mark>[:|])
    | (?P<sign>!+|\+{{2,}}|-{{2,}}+(?!—)|-*+—[—-]*+)(?!\w)
    | (?P<word>\w+(?:['’-](?!BREAK\b)\w+)*)
    | (?P<other>\s+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A sign that means something to the bracket around it, or else stands for itself."""

    written: str
    number: float | None = None


@dataclass(slots=True)
class _Open:
    """A bracket that is open, and what it holds so far."""

    bracket: str
    held: list[Node | _Mark] = field(default_factory=list)


def parse(text: str) -> Prompt:
    r"""Read a prompt. No text fails, and the time is proportional to its length.

    - `(a)` and `a!` weigh 1.1, `[a]` 1/1.1, `a!!` and `a++` 1.1 twice, `a--` 0.9 twice (Compel), `(a:1.3)`
      what they say. Brackets multiply, and those left open run to the end. Signs behind a word or bracket
      count when no letter follows; a single + or - is a letter, for `40+` and `mid-` are English. `a—` is
      `a--`, as phones write it.
    - `[a:b:0.5]` and its short forms `[b:0.5]` and `[a::0.5]`, or `[a:b:7]`; `[a|b]`.
    - `AND` parts prompts that are composed, each with a weight of its own behind it (`a AND b:1.2`). As in
      A1111 no bracket holds over it. Without an `AND`, `at 12:30` is words.
    - `<lora:name:0.8>`, or with a weight for the text towers before it, `<lora:name:0.5:0.8>`; `te=0.5` and
      `unet=0.8` say the same by name (A1111). `lyco` is `lora`.
    - `<name>`, and `embedding:name` (ComfyUI). Names may be of anything that files are called.
    - `BREAK`.
    - A backslash makes a sign, or the word `AND` or `BREAK`, mean only itself.

    Brackets deeper than `NESTING_LIMIT` are words.
    """
    segments = [segment.strip() for segment in _AND.split(text)]
    return Prompt(tuple(_branch(segment, alone=len(segments) == 1) for segment in segments))


def _branch(segment: str, *, alone: bool) -> Branch:
    held = _held(segment)
    match held[-1:]:
        case [_Mark(number=float(weight))] if not alone:
            return Branch(_parts(held[:-1]), bounded(weight))
    return Branch(_parts(held))


def _held(segment: str) -> list[Node | _Mark]:
    """Read a segment into the nodes that lie outside all brackets."""
    stack = [_Open("")]
    may_be_signed = False
    for token in _TOKEN.finditer(segment):
        kind, held = token.lastgroup, stack[-1].held
        signs = may_be_signed and kind == "sign"
        closes = kind == "close" and _close(stack, token[0])
        may_be_signed = kind == "word" or closes
        if closes:
            continue
        if kind == "open" and len(stack) <= NESTING_LIMIT:
            stack.append(_Open(token[0]))
        elif signs and isinstance(before := held[-1], Text | Weighted | Switch | Alternate):
            held[-1] = Weighted((before,), bounded(_step(token[0])))
        else:
            held.append(_leaf(token))
    while len(stack) > 1:
        _close_last(stack)
    return stack[0].held


def _step(signs: str) -> float:
    """Give the weight of the signs behind a word. Phones turn two hyphens into a dash."""
    hyphens = signs.count("-") + 2 * signs.count("—")
    return 0.9**hyphens if hyphens else _UP ** len(signs)


def _leaf(token: re.Match[str]) -> Node | _Mark:
    match token.lastgroup:
        case "escaped":
            return Text(token["escaped"])
        case "lora" | "fields":
            return _lora(token["lora"], token["fields"])
        case "embedding" | "named":
            return Embedding(token["embedding"] or token["named"])
        case "break":
            return Break()
        case "tail":
            return _Mark(token[0], float(token["number"]))
        case "mark":
            return _Mark(token[0])
    return Text(token[0])


def _lora(name: str, fields: str) -> Lora:
    """Read the fields behind a LoRA's name: numbers by place or by name, in A1111's order."""
    text, drawn, unread = None, None, list[str]()
    for place, said in enumerate(each.strip() for each in fields.split(":")[1:]):
        key, is_named, value = said.rpartition("=")
        key = key.strip().lower() if is_named else ("te", "unet", "")[min(place, 2)]
        if key not in ("te", "unet") or not _WHOLE_NUMBER.fullmatch(value.strip()):
            unread += [said] if said else []
        elif key == "te":
            text = bounded(float(value))
        else:
            drawn = bounded(float(value))
    weight = drawn if drawn is not None else 1.0 if text is None else text
    differs = text is not None and text != weight
    return Lora(_ESCAPE.sub(r"\1", name).strip(), weight, text if differs else None, tuple(unread))


def _close(stack: list[_Open], bracket: str) -> bool:
    """Close the innermost bracket of the kind, and those left open in it. False when none is open."""
    opening = "(" if bracket == ")" else "["
    if all(opened.bracket != opening for opened in stack):
        return False
    while stack[-1].bracket != opening:
        _close_last(stack)
    opened = stack.pop()
    stack[-1].held.append(_round(opened.held) if opening == "(" else _square(opened.held))
    return True


def _close_last(stack: list[_Open]) -> None:
    """Close the innermost bracket, which has no partner: it is a weight and nothing else."""
    opened = stack.pop()
    weight = _UP if opened.bracket == "(" else _DOWN
    stack[-1].held.append(Weighted(_parts(opened.held), bounded(weight)))


def _round(held: list[Node | _Mark]) -> Node:
    match held[-1:]:
        case [_Mark(number=float(weight))]:
            return Weighted(_parts(held[:-1]), bounded(weight))
    return Weighted(_parts(held), bounded(_UP))


def _square(held: list[Node | _Mark]) -> Node:
    if _Mark("|") in held:
        return Alternate(tuple(map(_parts, _split(held, _Mark("|")))))
    match held[-1:]:
        case [_Mark(written, float(when))]:
            before, *after = map(_parts, _split(held[:-1], _Mark(":"), most=1))
            is_share = "." in written
            when = round(min(max(when, 0.0), 1.0 if is_share else LAST_STEP), 4)
            return Switch(before, after[0], when, is_share) if after else Switch((), before, when, is_share)
    return Weighted(_parts(held), bounded(_DOWN))


def _split(held: list[Node | _Mark], mark: _Mark, most: int = -1) -> list[list[Node | _Mark]]:
    pieces: list[list[Node | _Mark]] = [[]]
    for node in held:
        if node == mark and len(pieces) != most + 1:
            pieces.append([])
        else:
            pieces[-1].append(node)
    return pieces


def _parts(held: list[Node | _Mark]) -> Parts:
    return joined(Text(node.written) if isinstance(node, _Mark) else node for node in held)
