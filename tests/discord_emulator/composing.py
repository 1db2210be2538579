"""From the body of a request to what a message says. Reference, "Message Resource"."""

import copy
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from .attachments import Attachment
from .components import ATTACHMENT_URL, TEXT, ComponentCheck, media_of, number_components, walk
from .embeds import check_embeds, has_substance
from .errors import Form, Json, Path, refuse
from .mentions import ALLOWED_BY_TOKEN, ALLOWED_IN_MESSAGES, check_allowed_mentions, pings_of
from .messages import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Message,
    Version,
)

if TYPE_CHECKING:
    from .channels import Channel
    from .people import User

MOST_TEXT, MOST_FILES, MOST_EMBEDS = 2000, 10, 10
NOT_EMULATED = {"poll", "sticker_ids", "tts", "thread_name", "applied_tags"}


@dataclass(frozen=True)
class File:
    """One `files[n]` part of a multipart request."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class Body:
    """What a request carries: its JSON and its files by number."""

    json: Json
    files: dict[int, File] = field(default_factory=dict)

    def within(self, key: str) -> "Body":
        """The message inside a larger body, such as the `data` of an interaction callback."""
        return Body(self.json.get(key) or {}, self.files)


async def read_body(request: web.Request, upload_limit: int) -> Body:
    """JSON, or multipart with `payload_json` and `files[n]`. Reference, "Uploading Files"."""
    if not request.content_type.startswith("multipart/"):
        return Body(parse(await request.read()))
    payload, files = b"{}", {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        name = part.name or ""
        content = bytes(await part.read())
        if name == "payload_json":
            payload = content
        elif numbered := re.fullmatch(r"files\[(\d+)\]", name):
            files[int(numbered[1])] = File(part.filename or "unknown", content)
    if any(len(each.content) > upload_limit for each in files.values()):
        raise refuse(40005)
    return Body(parse(payload), files)


def parse(raw: bytes) -> Json:
    try:
        parsed = json.loads(raw or b"{}")
    except ValueError:
        raise refuse(50109) from None
    if isinstance(parsed, list):
        return {"list": parsed}
    if not isinstance(parsed, dict):
        raise refuse(50109)
    return parsed


def compose(
    channel: "Channel",
    body: Body,
    *,
    edited: Message | None = None,
    author: "User",
    replied: "User | None" = None,
    by_token: bool = False,
    under: Path = (),
) -> Version:
    """The next version of a message, or a refusal. An edit changes only the fields it names."""
    form, data = Form(under=under), body.json
    for key in NOT_EMULATED & data.keys():
        assert not data[key], f"{key} is not emulated"
    now = channel.world.clock.now()
    before = Version(now) if edited is None else edited.current
    flags = next_flags(form, data.get("flags"), before if edited else None)
    content = form.text(("content",), data["content"], MOST_TEXT) if "content" in data else before.content
    embeds = copy.deepcopy(
        form.items(("embeds",), data["embeds"], MOST_EMBEDS) if "embeds" in data else before.embeds
    )
    components = copy.deepcopy(data.get("components", before.components))
    attachments = next_attachments(form, channel, body, before)
    check_embeds(form, embeds)
    check_allowed_mentions(form, data.get("allowed_mentions"))
    layout = bool(flags & COMPONENTS_V2)
    if layout:
        for legacy, value in (("content", content), ("embeds", embeds)):
            if value:
                form.wrong(
                    (legacy,),
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f"The '{legacy}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
                )
    ComponentCheck(form, {each.filename for each in attachments}).message(components, layout)
    nonce = data.get("nonce")
    if isinstance(nonce, str):
        form.text(("nonce",), nonce, 25)
    form.finish()
    if not (content.strip() or any(map(has_substance, embeds)) or attachments or (layout and components)):
        raise refuse(50006)

    number_components(components)
    resolve_urls(embeds, components or [], attachments)
    text = content + "\n".join(each["content"] for each in walk(components) if each["type"] == TEXT)
    allowed = data.get("allowed_mentions")
    if allowed is None:
        allowed = ALLOWED_BY_TOKEN if by_token else ALLOWED_IN_MESSAGES
    mentions = pings_of(channel, author, text, allowed, replied)
    # Discord cuts the white space around a text.
    return Version(now, content.strip(), embeds, list(components or []), attachments, flags, mentions)


def next_flags(form: Form, wanted: Any, before: Version | None) -> int:
    """Components V2 is irrevocable; only the sender's own flags can be set."""
    settable = SUPPRESS_EMBEDS | COMPONENTS_V2 | (0 if before else EPHEMERAL | SUPPRESS_NOTIFICATIONS)
    kept = 0 if before is None else before.flags & ~(SUPPRESS_EMBEDS | LOADING)
    if wanted is None:
        return kept | (before.flags & SUPPRESS_EMBEDS if before else 0)
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        form.wrong(("flags",), "NUMBER_TYPE_COERCE", f'Value "{wanted}" is not int.')
        return kept
    return kept | (wanted & settable)


def next_attachments(form: Form, channel: "Channel", body: Body, before: Version) -> list[Attachment]:
    """The kept ones, then the new ones. Without an `attachments` list all old ones stay."""
    listed = body.json.get("attachments")
    described: dict[int, Json] = {}
    kept = list(before.attachments)
    if listed is not None or "attachments" in body.json:
        kept = []
        old = {each.id: each for each in before.attachments}
        for index, entry in enumerate(form.items(("attachments",), listed, MOST_FILES)):
            number = int(entry.get("id", -1))
            form.text(("attachments", index, "description"), entry.get("description"), 1024)
            if number in old:
                kept.append(old[number])
            elif number in body.files:
                described[number] = entry
            else:
                form.wrong(("attachments", index, "id"), "ATTACHMENT_NOT_FOUND", "No such file or attachment")
    if len(kept) + len(body.files) > MOST_FILES:
        form.wrong(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_FILES} or fewer in length.")
    for number, file in sorted(body.files.items()):
        entry = described.get(number, {})
        kept.append(
            channel.world.store(
                channel.id, entry.get("filename") or file.filename, file.content, entry.get("description")
            )
        )
    return kept


def resolve_urls(embeds: list[Json], components: list[Json], attachments: list[Attachment]) -> None:
    """Turn `attachment://name` into the address at the CDN; an embed drops a picture that is not there."""
    by_name = {each.filename: each for each in attachments}
    for embed in embeds:
        for key in ("image", "thumbnail"):
            attached = ATTACHMENT_URL.fullmatch((embed.get(key) or {}).get("url", ""))
            if attached and attached[1] in by_name:
                embed[key]["url"] = embed[key]["proxy_url"] = by_name[attached[1]].url
            elif attached:
                del embed[key]
    for component in walk(components):
        for media in media_of(component):
            attached = ATTACHMENT_URL.fullmatch(media["url"])
            if attached:
                found = by_name[attached[1]]
                media |= {"url": found.url, "proxy_url": found.url, "attachment_id": str(found.id)}
                media["content_type"] = found.content_type
