"""A message as plain text, as a member would read it."""

from typing import TYPE_CHECKING

from .components import BUTTON, CONTAINER, FILE, GALLERY, LINK, ROW, SECTION, SELECT, SELECTS, SEPARATOR, TEXT
from .errors import Json

if TYPE_CHECKING:
    from .messages import Message


def render(message: "Message") -> str:
    """Author, reply line, text, embeds, files, buttons in their rows."""
    lines = []
    if message.reference is not None:
        lines.append(f"  reply to {message.reference.author.name}: {message.reference.content[:60]}")
    remarks = [
        remark
        for remark, holds in (
            ("only you see this", message.ephemeral),
            ("edited", message.edits),
            ("deleted", message.deleted),
        )
        if holds
    ]
    lines.append(f"{message.author.name}:" + (f" ({', '.join(remarks)})" if remarks else ""))
    if message.loading:
        lines.append(f"  {message.author.name} is thinking...")
    lines += [f"  {line}" for line in message.content.splitlines()]
    for embed in message.embeds:
        lines += [f"  | {line}" for line in embed_lines(message, embed)]
    shown = str(message.embeds) + str(message.components)
    lines += [
        f"  [file {each.filename}, {each.size} bytes]"
        for each in message.attachments
        if each.url not in shown
    ]
    for component in message.components:
        lines += [f"  {line}" for line in component_lines(message, component)]
    return "\n".join(lines)


def embed_lines(message: "Message", embed: Json) -> list[str]:
    lines = [embed[key]["name"] for key in ("author",) if embed.get(key)]
    lines += [embed["title"]] if embed.get("title") else []
    lines += (embed.get("description") or "").splitlines()
    lines += [f"{each['name']}: {each['value']}" for each in embed.get("fields", [])]
    lines += [f"[picture {name_of(message, embed[key])}]" for key in ("image", "thumbnail") if embed.get(key)]
    lines += [embed["footer"]["text"]] if embed.get("footer") else []
    return lines


def component_lines(message: "Message", component: Json) -> list[str]:
    kind = component["type"]
    if kind == ROW:
        return [" ".join(control(each) for each in component["components"])]
    if kind == TEXT:
        return str(component["content"]).splitlines()
    if kind == GALLERY:
        return [f"[picture {name_of(message, each['media'])}]" for each in component["items"]]
    if kind == FILE:
        return [f"[file {name_of(message, component['file'])}]"]
    if kind == SEPARATOR:
        return ["---"]
    lines = [line for each in component.get("components", []) for line in component_lines(message, each)]
    if kind == SECTION:
        accessory = component["accessory"]
        lines.append(control(accessory) if accessory["type"] == BUTTON else "[thumbnail]")
    return [f"| {line}" for line in lines] if kind == CONTAINER else lines


def control(component: Json) -> str:
    """`[ U1 ]`, `( Reroll )` when it cannot be pressed, `[ Source -> url ]`, `[ choose... v ]`."""
    if component["type"] in SELECTS:
        chosen = [each["label"] for each in component.get("options", []) if each.get("default")]
        kind = "choose" if component["type"] == SELECT else "pick"
        return f"[ {', '.join(chosen) or component.get('placeholder') or kind} v ]"
    name = " ".join(filter(None, ((component.get("emoji") or {}).get("name"), component.get("label"))))
    if component.get("style") == LINK:
        name += f" -> {component['url']}"
    return f"( {name} )" if component.get("disabled") else f"[ {name} ]"


def name_of(message: "Message", media: Json) -> str:
    for attachment in message.attachments:
        if attachment.url == media["url"]:
            return f"{attachment.filename}, {attachment.size} bytes"
    return str(media["url"])
