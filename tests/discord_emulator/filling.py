"""How a member fills in modals and menus, and what their client does not let them send."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .components import (
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    LABEL,
    ROW,
    SELECT,
    SELECTS,
    TEXT,
    TEXT_INPUT,
)
from .errors import Json


class ClientRefusal(Exception):
    """The member's own client does not let them do this; nothing reaches the bot."""


@dataclass(frozen=True)
class Upload:
    """A file in a member's hands."""

    filename: str
    content: bytes


Uploader = Callable[[Upload], str]
"""Hands a file to Discord and says its id."""


def chosen(menu: Json, values: tuple[str, ...]) -> list[str]:
    """The values of what is chosen in a string select, by values or labels."""
    by_name = {each["label"]: each["value"] for each in menu["options"]}
    picked = [by_name.get(value, value) for value in values]
    least, most = bound(menu, "min_values"), bound(menu, "max_values")
    if not set(picked) <= set(by_name.values()) or not least <= len(picked) <= most:
        raise ClientRefusal(f"choose {least} to {most} of {list(by_name)}")
    return picked


def filled(component: Json, values: dict[str, Any], upload: Uploader) -> Json:
    """A modal's component as it is submitted; what is filled in is taken out of `values`."""
    kind, number = component["type"], component.get("id", 0)
    if kind == ROW:
        return {
            "type": ROW,
            "id": number,
            "components": [_field(each, each["label"], values, upload) for each in component["components"]],
        }
    if kind == LABEL:
        return {
            "type": LABEL,
            "id": number,
            "component": _field(component["component"], component["label"], values, upload),
        }
    assert kind == TEXT
    return {"type": TEXT, "id": number}


def _field(field: Json, label: str, values: dict[str, Any], upload: Uploader) -> Json:
    kind, custom_id = field["type"], field["custom_id"]
    value = values.pop(custom_id, None)
    value = values.pop(label, None) if value is None else value
    body: Json = {"type": kind, "id": field.get("id", 0), "custom_id": custom_id}
    required = field.get("required", True)
    if kind == TEXT_INPUT:
        text = str(field.get("value") or "") if value is None else value
        least, most = field.get("min_length") or 0, field.get("max_length") or 4000
        if (required and not text) or (text and not least <= len(text) <= most):
            raise ClientRefusal(f"{label}: must be a text of {least} to {most} characters")
        return body | {"value": text}
    if kind == FILE_UPLOAD:
        uploads = [] if value is None else [value] if isinstance(value, Upload) else list(value)
        least, most = bound(field, "min_values"), bound(field, "max_values")
        if (required or uploads) and not least <= len(uploads) <= most:
            raise ClientRefusal(f"{label}: must be {least} to {most} files")
        return body | {"values": [upload(each) for each in uploads]}
    if kind == SELECT:
        if value is None and not required:
            return body | {"values": []}
        return body | {"values": chosen(field, (value,) if isinstance(value, str) else tuple(value or ()))}
    if kind in SELECTS:
        raise ClientRefusal(f"{label}: selects of kind {kind} are not emulated in modals")
    if kind == CHECKBOX:
        return body | {"value": bool(value)}
    return body | ({"values": list(value or ())} if kind == CHECKBOX_GROUP else {"value": value})


def bound(component: Json, key: str) -> int:
    """`min_values` or `max_values`; left out or null, it is 1."""
    value = component.get(key)
    return 1 if value is None else int(value)
