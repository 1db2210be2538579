"""A prompt that was shortened, on its way to its member: what is said of it, and the strip that shows it."""

from __future__ import annotations

import io

from bot import wording
from bot.heat_strip import heat_strip
from bot.language import Language
from bot.pictures import alt_text
from bot.trained import Attached
from bot.wording import escape
from moderation.told import Told
from storage.events import Description
from storage.records.jobs import JobRecord
from tasks.shorten import left_out

_HEAT = Told(
    "Bold words matter most, and what is struck out hardly at all: how the prompt is read changes little "
    "without it."
)
_ALL_MATTER = Told("Bold words matter most. Without any of them the prompt would say something else.")
_SHOWN = 700
"""Characters of what is marked, of which the strip shows all."""
_MATTERS = 0.5
"""The share of the greatest effect from which a word is bold."""


def shortened(record: JobRecord, found: Description) -> str:
    """Write the message that says which words of a prompt matter, and the prompt without the others."""
    missing = left_out([word.phrase for word in found.words], found.prompt)
    most, marked = max((word.agreement for word in found.words), default=0.0), []
    for word, is_out in zip(found.words, missing, strict=True):
        mark = "~~" if is_out else "**" if word.agreement >= _MATTERS * most else ""
        marked.append(f"{mark}{escape(word.phrase, wording.SHOWN_PHRASE)}{mark}")
    shown = " ".join(marked)
    lines = [wording.addressed(record), shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]} …"]
    if found.prompt:
        lines.append(f"> {escape(found.prompt)}")
    said = wording.language_of(record).of(_HEAT if any(missing) else _ALL_MATTER)
    return "\n".join([*lines, f"-# {said}"])


def strip_for(language: Language, found: Description) -> Attached:
    """Draw how much each word of a prompt matters."""
    words = [word.phrase for word in found.words]
    heat_strip(found.words, left_out(words, found.prompt)).save(file := io.BytesIO(), "PNG")
    shows = alt_text(language.say("Each word by how much it matters: {prompt}", prompt=" ".join(words)))
    return Attached("which-words-matter.png", file.getvalue(), shows)
