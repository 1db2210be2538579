"""Limits of embeds. Reference, "Message Resource", Embed Limits."""

from datetime import datetime
from typing import Any

from .errors import Form, Json, Path

MOST_TOTAL = 6000
PARTS = ("title", "description", "url", "fields", "image", "thumbnail", "footer", "author")


def check_embeds(form: Form, embeds: list[Any]) -> None:
    """Each part has its own limit; all texts of all embeds together have 6000 characters."""
    total = 0
    for index, embed in enumerate(embeds):
        if not isinstance(embed, dict):
            form.wrong(
                ("embeds", index), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType"
            )
            continue
        footer, author = embed.get("footer") or {}, embed.get("author") or {}
        texts: list[tuple[Path, Any, int, int]] = [
            (("title",), embed.get("title"), 256, 0),
            (("description",), embed.get("description"), 4096, 0),
            (("footer", "text"), footer.get("text"), 2048, 0),
            (("author", "name"), author.get("name"), 256, 0),
        ]
        for number, field in enumerate(form.items(("embeds", index, "fields"), embed.get("fields"), 25)):
            texts.append((("fields", number, "name"), field.get("name"), 256, 1))
            texts.append((("fields", number, "value"), field.get("value"), 1024, 1))
        for path, text, most, least in texts:
            # White space around a text does not count, because Discord cuts it off.
            trimmed = text.strip() if isinstance(text, str) else text
            total += len(form.text(("embeds", index, *path), trimmed, most, least))
        if embed.get("color") is not None:
            form.number(("embeds", index, "color"), embed["color"], 0, 0xFFFFFF)
        if embed.get("timestamp") is not None:
            try:
                datetime.fromisoformat(embed["timestamp"])
            except (TypeError, ValueError):
                form.wrong(
                    ("embeds", index, "timestamp"), "DATE_TIME_TYPE_PARSE", "Not an ISO8601 timestamp."
                )
        for key in ("image", "thumbnail"):
            url = (embed.get(key) or {}).get("url")
            if url is not None and not str(url).startswith(("http://", "https://", "attachment://")):
                form.wrong(("embeds", index, key, "url"), "URL_TYPE_INVALID_SCHEME", f"Scheme of {url!r}")
    if total > MOST_TOTAL:
        form.wrong(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MOST_TOTAL}")


def has_substance(embed: Json) -> bool:
    """Whether anything of it shows; a message of embeds that show nothing is empty (50006)."""
    return any(embed.get(part) for part in PARTS)
