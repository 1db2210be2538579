"""Pictures that a message shows: attached, forwarded, linked or laid out by another bot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import discord

from bot.cdn import is_discords


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a picture lies at Discord, its file's name, and its size in bytes if that is known."""

    address: str
    name: str = ""
    size: int = 0


def picture_of(message: discord.Message) -> Shown | None:
    """Find the first picture that a message shows, or that may be one; None if it shows none.

    What is said to be a picture comes before what nobody says anything about, and what is attached before
    what is linked.
    """
    sources: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    files = [attachment for source in sources for attachment in source.attachments]
    said = (_attached(each) for each in files if (each.content_type or "").startswith("image/"))
    linked = (found for source in sources for found in _linked(source))
    unsaid = (_attached(each) for each in files if each.content_type in (None, "application/octet-stream"))
    for found in (*said, *linked, *unsaid):
        if is_discords(found.address):
            return found
    return None


def _attached(file: discord.Attachment) -> Shown:
    return Shown(file.url, file.filename, file.size)


def _linked(source: discord.Message | discord.MessageSnapshot) -> Iterator[Shown]:
    """Previews of links, which Discord shows from its own hosts, and the pictures of other bots' layouts."""
    for embed in source.embeds:
        for media in (embed.image, embed.thumbnail):
            yield from (Shown(address) for address in (media.proxy_url, media.url) if address)
    for item in _media(source.components):
        yield from (Shown(address) for address in (item.proxy_url, item.url) if address)


def _media(components: Iterable[object]) -> Iterator[discord.UnfurledMediaItem]:
    for component in components:
        if isinstance(component, discord.MediaGalleryComponent):
            yield from (item.media for item in component.items)
        elif isinstance(component, discord.ThumbnailComponent):
            yield component.media
        elif isinstance(component, discord.Container):
            yield from _media(component.children)
        elif isinstance(component, discord.SectionComponent):
            yield from _media((component.accessory,))
