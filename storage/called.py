"""Which add-on a name means: people write names as they saw them, files are named as somebody saved them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from moderation.prompt_language.fragments import leaves
from moderation.prompt_language.parse import parse
from moderation.prompt_language.tree import Embedding, Text
from moderation.scripts import MARKS

_UNSPACED = (
    "\u3041-\u309f",  # hiragana
    "\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f",  # katakana
    "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",  # ideographs
)
"""Letters that no space parts from other words: in Japanese, one word's end is where another kind begins."""
_ENDING = re.compile(r"\.(?:safetensors|pt|bin|ckpt)\Z", re.IGNORECASE)


def called(asked: str, names: Collection[str]) -> str | None:
    """Give the one of these names that is meant, or None.

    It is the very name, or else one that differs only in upper case, in the ending of its file, in spaces
    around it, or in the folders before it.
    """
    if asked in names:
        return asked
    wanted = _bare(asked)
    for reduced in (_bare, _in_no_folder):
        if found := sorted(name for name in names if reduced(name) == reduced(wanted)):
            return found[0]
    return None


def named_in(text: str, names: Collection[str]) -> set[str]:
    """Give those of the embeddings of these names that a prompt names, with brackets or without."""
    found = set[str]()
    for branch in parse(text).branches:
        for leaf, _ in leaves(branch.parts):
            if isinstance(leaf, Embedding):
                found.add(called(leaf.name, names) or "")
            elif isinstance(leaf, Text):
                found |= {called(part, names) or "" for part, is_name in parted(leaf.text, names) if is_name}
    return found - {""}


def parted(text: str, names: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Part words from the names among them; each part comes with whether it is one."""
    if not names:
        yield text, False
        return
    end = 0
    for found in _any_of(tuple(sorted(names, key=len, reverse=True))).finditer(text):
        if end < found.start():
            yield text[end : found.start()], False
        yield found[0], True
        end = found.end()
    if end < len(text):
        yield text[end:], False


@lru_cache(8)
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """Match any of the names where it stands as a word."""
    each = (rf"(?<!{_bound_to(name[0])}){re.escape(name)}(?!{_bound_to(name[-1])}|\.\w)" for name in names)
    return re.compile("|".join(each), re.IGNORECASE)


def _bound_to(letter: str) -> str:
    """Give the pattern of the letters that are of the same word as one beside them."""
    for kind in _UNSPACED:
        if re.match(f"[{kind}]", letter):
            return f"[{kind}-]"
    return rf"(?:[^\W{''.join(_UNSPACED)}]|[{MARKS}-])"


def _bare(name: str) -> str:
    return _ENDING.sub("", " ".join(name.replace("\\", "/").split())).casefold()


def _in_no_folder(name: str) -> str:
    return _bare(name).rsplit("/", 1)[-1]
