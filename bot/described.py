"""What a picture shows, in words, as its member reads it."""

from __future__ import annotations

from bot import wording
from bot.wording import escape
from storage.events import Description
from storage.records.jobs import JobRecord

_SHOWN, _BAR = 10, 6


def described(record: JobRecord, description: Description, source_url: str | None) -> str:
    """Write the message that says what a picture shows: the words as bars, and the prompt made of them."""
    lines = [wording.addressed(record)]
    best = max((word.agreement for word in description.words), default=0.0)
    for word in description.words[:_SHOWN]:
        done = max(1, round(word.agreement / best * _BAR)) if best > 0 else 1
        bar = "▰" * done + "▱" * (_BAR - done)
        lines.append(f"`{bar} {word.agreement:.2f}` {escape(word.phrase, wording.SHOWN_PHRASE)}")
    if description.prompt:
        lines.append(f"> {escape(description.prompt)}")
    if source_url:
        lines.append(f"-# {wording.language_of(record).say('of [this picture]({url})', url=source_url)}")
    return "\n".join(lines)
