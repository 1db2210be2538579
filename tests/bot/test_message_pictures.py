"""Where the picture of a message is found, and which one it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord.components import _component_factory

from bot.message_pictures import Shown, picture_of

CDN = "https://cdn.discordapp.com/attachments/1"
PROXY = "https://images-ext-1.discordapp.net/external/x/https/example.com"


def file(name: str, kind: str | None, address: str | None = None) -> Any:
    return SimpleNamespace(url=address or f"{CDN}/{name}", filename=name, content_type=kind, size=9)


def message(*files: Any, embeds: Any = (), components: Any = (), forwarded: Any = ()) -> Any:
    return SimpleNamespace(
        attachments=list(files),
        embeds=[discord.Embed.from_dict(each) for each in embeds],
        components=[_component_factory(each, None) for each in components],
        message_snapshots=list(forwarded),
    )


def media(name: str) -> dict[str, Any]:
    return {"url": f"https://example.com/{name}", "proxy_url": f"{PROXY}/{name}"}


PREVIEW = {"type": "image", "url": "https://example.com/a.png", "thumbnail": media("a.png")}
GALLERY = {"type": 12, "items": [{"media": media("g.png")}]}
SECTION = {
    "type": 9,
    "components": [{"type": 10, "content": "words"}],
    "accessory": {"type": 11, "media": media("s.png")},
}
FOUND: dict[str, tuple[Any, str | None]] = {
    "nothing": (message(), None),
    "attached": (message(file("a.png", "image/png")), f"{CDN}/a.png"),
    "attached behind a text": (
        message(file("a.txt", "text/plain"), file("b.webp", "image/webp")),
        f"{CDN}/b.webp",
    ),
    "nothing said": (message(file("a", None)), f"{CDN}/a"),
    "bytes": (message(file("a", "application/octet-stream")), f"{CDN}/a"),
    "said before unsaid": (message(file("a", None), file("b.png", "image/png")), f"{CDN}/b.png"),
    "linked before unsaid": (message(file("a", None), embeds=[PREVIEW]), f"{PROXY}/a.png"),
    "attached before linked": (message(file("b.png", "image/png"), embeds=[PREVIEW]), f"{CDN}/b.png"),
    "neither film nor archive": (message(file("a.mp4", "video/mp4"), file("b.zip", "application/zip")), None),
    "forwarded": (message(forwarded=[message(file("a.png", "image/png"))]), f"{CDN}/a.png"),
    "forwarded link": (message(forwarded=[message(embeds=[PREVIEW])]), f"{PROXY}/a.png"),
    "an embed's picture before its small one": (
        message(embeds=[{"type": "rich", "image": media("i.png"), "thumbnail": media("t.png")}]),
        f"{PROXY}/i.png",
    ),
    "an embed of an attachment": (
        message(embeds=[{"type": "rich", "image": {"url": f"{CDN}/e.png"}}]),
        f"{CDN}/e.png",
    ),
    "an embed without Discord's own address": (
        message(embeds=[{"type": "rich", "image": {"url": "https://example.com/a.png"}}]),
        None,
    ),
    "an embed without a picture": (message(embeds=[{"type": "link", "title": "words"}]), None),
    "a gallery": (message(components=[GALLERY]), f"{PROXY}/g.png"),
    "a section in a container": (
        message(components=[{"type": 17, "components": [SECTION]}]),
        f"{PROXY}/s.png",
    ),
    "a file elsewhere": (message(file("a.png", "image/png", "http://127.0.0.1/a.png")), None),
}


@pytest.mark.parametrize(("said", "address"), FOUND.values(), ids=FOUND.keys())
def test_where_it_is_found(said: Any, address: str | None) -> None:
    found = picture_of(said)
    assert (found and found.address) == address


def test_an_attachment_has_a_name_and_a_size() -> None:
    assert picture_of(message(file("a.png", "image/png"))) == Shown(f"{CDN}/a.png", "a.png", 9)
