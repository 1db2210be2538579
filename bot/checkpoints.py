"""The checkpoints that the farm serves, as the bot last heard of them."""

from __future__ import annotations

import asyncio

import discord

from bot.refusals import Refusal
from bot.wording import QUEUE_TROUBLES
from moderation.told import Told
from storage.nearest import nearest
from storage.redis_trouble import Trouble
from storage.served import SHIPPED, ServedCheckpoint

CHOICE_LIMIT, MOST_CHOICES = 100, 25
"""Characters of a choice, and choices at once: with one more, Discord shows none."""


def says_kept(name: str) -> Told:
    """Say that a wish waits until the first worker tells about a checkpoint."""
    return Told(
        "No worker of this farm is running yet. I keep your wish, and put it into the queue as soon as one "
        "tells me about the checkpoint `{name}`.",
        name=_shown(name),
    )


def _shown(name: str) -> str:
    return discord.utils.escape_markdown(name[:80])


class KnownCheckpoints:
    """Every checkpoint that a worker announced; remembered while Redis is away: commands still parse."""

    def __init__(self) -> None:
        self._known: dict[str, ServedCheckpoint] = {}
        self.trouble: Trouble | None = None
        """Why the farm cannot be asked at the moment, if that is so."""
        self.heard = asyncio.Event()
        """Set while any checkpoint is known."""

    def learn(self, served: dict[str, ServedCheckpoint]) -> None:
        """Replace what is known by what the farm says now."""
        self._known, self.trouble = dict(served), None
        if served:
            self.heard.set()
        else:
            self.heard.clear()

    @property
    def hashes(self) -> dict[str, str]:
        """Give the hashes of all checkpoints, by name."""
        return {name: known.hash for name, known in self._known.items()}

    def get(self, name: str) -> ServedCheckpoint | None:
        """Give the checkpoint of that name, or None if no worker ever served it."""
        return self._known.get(name)

    def awaits(self, name: str) -> bool:
        """Say whether nothing is known of a checkpoint because no worker ever ran."""
        return not self._known and self.trouble is None and name not in SHIPPED

    def served(self, name: str) -> ServedCheckpoint:
        """Give the checkpoint of that name; before the first worker is up, one that ships. Raises Refusal."""
        if known := self.get(name):
            return known
        if not self._known and name in SHIPPED:
            return SHIPPED[name]
        if not self._known and self.trouble:
            raise Refusal(Told("{why} Please try again soon.", why=QUEUE_TROUBLES[self.trouble]))
        shown = _shown(name)
        if not self._known:
            raise Refusal(
                Told("This farm has no checkpoint called `{name}`. No worker is running yet.", name=shown)
            )
        names = nearest(name, self._known, show="`{}`".format)
        raise Refusal(
            Told(
                "This farm has no checkpoint called `{name}`. It serves {names}.",
                name=shown,
                names=names,
            )
        )

    def made_for(self, name: str | None, widths: tuple[int, ...]) -> ServedCheckpoint | None:
        """Give the checkpoint that draws a word: the one so called, or one with text towers as wide."""
        known = self.get(name) if name else None
        if known is not None and known.text_widths == widths:
            return known
        return next((each for each in self.all if each.text_widths == widths), None)

    @property
    def all(self) -> list[ServedCheckpoint]:
        """List the checkpoints, in alphabetical order."""
        return [known for _, known in sorted(self._known.items())]

    def matching(self, text: str) -> list[str]:
        """List the names that contain `text` and that Discord can offer, in alphabetical order."""
        return [
            name
            for name in sorted(self._known)
            if text.casefold() in name.casefold() and len(name) <= CHOICE_LIMIT
        ][:MOST_CHOICES]
