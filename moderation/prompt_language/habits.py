"""Habits from other programs: syntax that is nothing but words here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from moderation.prompt_language.fragments import leaves
from moderation.prompt_language.tree import Prompt, Text
from moderation.told import Told

Option = Callable[[str, str], str]
"""Write an option and its value as they are typed in some place: `--size 16:9`, or `size: 16:9`."""

_MOST = 3
_PARAMETER = re.compile(
    r"(?<!\w)(?P<sign>--|[—–])(?P<name>[a-z]{1,8})(?![\w-])(?:\s+(?P<value>[\w.:/]+))?", re.IGNORECASE
)
_WEIGHT = re.compile(r"(?P<word>\w+)\s*::\s*(?P<weight>-?\d+(?:\.\d+)?)?")
_TAG = re.compile(r"<(?=\w)[^<>]{1,100}>")

_OPTIONS = {
    ("ar", "aspect"): ("size", "16:9", Told("the shape of the picture")),
    ("no",): ("negative", "trees", Told("what should not be in it")),
    ("seed", "sameseed"): ("seed", "7", Told("the seed")),
    ("q", "quality"): ("quality", "fine", Told("how much time to spend")),
    ("s", "stylize", "c", "chaos", "w", "weird", "exp"): (
        *("imagination", "wild"),
        Told("how freely the words are read"),
    ),
    ("iw",): ("strength", "0.5", Told("how much of a picture may change")),
    ("r", "repeat"): ("count", "4", Told("how many pictures")),
}
"""Midjourney's parameters: the option that there is instead, an example of its value, and what it says."""
_WITHOUT = (
    "v",
    "version",
    "niji",
    "style",
    "sref",
    "cref",
    "tile",
    "stop",
    "raw",
    "fast",
    "turbo",
    "relax",
    "p",
)


def hints(prompt: Prompt, option: Option) -> list[Told]:
    """Say in a sentence each how to write what was probably meant by syntax that is drawn as mere words."""
    found = [
        hint
        for branch in prompt.branches
        for leaf, _ in leaves(branch.parts)
        if isinstance(leaf, Text)
        for hint in _of_text(leaf.text, option)
    ]
    return list(dict.fromkeys(found))[:_MOST]


def _of_text(text: str, option: Option) -> Iterator[Told]:
    for parameter in _PARAMETER.finditer(text):
        yield from _of_parameter(parameter, option)
    for weight in _WEIGHT.finditer(text):
        if weight["weight"]:
            yield Told(
                "{typed} is drawn as words: a weight is written ({word}:{weight}).",
                typed=weight[0],
                word=weight["word"],
                weight=weight["weight"],
            )
        else:
            yield Told(
                "{typed} is drawn as words: a weight is written (words:1.3), and AND composes.",
                typed=weight[0].strip(),
            )
    for tag in _TAG.finditer(text):
        yield Told(
            "{typed} is drawn as words: a LoRA is written <lora:name:0.8>, and an embedding <name>.",
            typed=tag[0],
        )


def _of_parameter(parameter: re.Match[str], option: Option) -> Iterator[Told]:
    name, value = parameter["name"].lower(), parameter["value"]
    for names, (instead, example, says) in _OPTIONS.items():
        if name in names:
            fitting = value if value and instead in ("size", "seed", "negative") else example
            yield Told(
                "{typed} is drawn as words: {what} is said by {option}.",
                typed=parameter[0].strip(),
                what=says,
                option=option(instead, fitting),
            )
    if name in _WITHOUT:
        yield Told(
            "{typed} is drawn as words, and there is no such option here: leave it out.",
            typed=parameter[0].strip(),
        )
