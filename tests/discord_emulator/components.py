"""Buttons, selects, layouts and modals. Reference, "Component Reference"."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from .errors import Form, Json, Path

ROW, BUTTON, SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = (3, 5, 6, 7, 8)
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
LAYOUT_ONLY = (SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)
LINK, PREMIUM = 5, 6
ATTACHMENT_URL = re.compile(r"attachment://(.+)")


def walk(components: Any) -> Iterator[Json]:
    """Every component, whatever holds it, from top to bottom."""
    for component in components or []:
        yield component
        yield from walk(component.get("components"))
        yield from walk([component[key] for key in ("accessory", "component") if component.get(key)])


def media_of(component: Json) -> Iterator[Json]:
    """The unfurled media items of a component: objects with a `url`."""
    if component["type"] == GALLERY:
        yield from (item["media"] for item in component.get("items", []))
    elif component["type"] == THUMBNAIL:
        yield component["media"]
    elif component["type"] == FILE:
        yield component["file"]


def number_components(components: Any) -> None:
    """Give every component the `id` that Discord fills in where the sender left it out."""
    taken = {component["id"] for component in walk(components) if component.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    for component in walk(components):
        if not component.get("id"):
            component["id"] = next(free)


def is_emoji(emoji: Json) -> bool:
    """A custom emoji by id, or a pictograph; letters and digits are refused as "Invalid emoji"."""
    name = emoji.get("name") or ""
    return bool(emoji.get("id")) or any(unicodedata.category(c) in ("So", "Me", "Sm", "Po") for c in name)


class ComponentCheck:
    """One pass over the components of a message or modal, reporting into a form."""

    def __init__(self, form: Form, filenames: set[str]) -> None:
        self.form = form
        self.filenames = filenames
        self.custom_ids: set[str] = set()

    def message(self, components: Any, layout: bool) -> None:
        """Components V1: five rows. Components V2 (flag 1 << 15): 40 components, 4000 characters."""
        path: Path = ("components",)
        top = self.form.items(path, components, 40 if layout else 5)
        if layout:
            everything = list(walk(top))
            if len(everything) > 40:
                self.form.wrong(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "At most 40 components.")
            length = sum(len(each.get("content") or "") for each in everything if each.get("type") == TEXT)
            if length > 4000:
                self.form.wrong(
                    path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Displayable text size exceeds 4000."
                )
        for index, component in enumerate(top):
            at: Path = (*path, index)
            allowed = (ROW, *LAYOUT_ONLY) if layout else (ROW,)
            if self.kind(at, component, allowed):
                self.check(at, component)

    def modal(self, data: Json) -> None:
        """Title of 45 characters, one to five top-level components."""
        self.form.text(("title",), data.get("title"), 45, 1)
        self.form.text(("custom_id",), data.get("custom_id"), 100, 1)
        for index, component in enumerate(self.form.items(("components",), data.get("components"), 5, 1)):
            at: Path = ("components", index)
            if not self.kind(at, component, (ROW, TEXT, LABEL)):
                continue
            if component["type"] == ROW:
                inputs = self.form.items((*at, "components"), component.get("components"), 1, 1)
                for number, field in enumerate(inputs):
                    if self.kind((*at, "components", number), field, (TEXT_INPUT,)):
                        self.form.text((*at, "components", number, "label"), field.get("label"), 45, 1)
                        self.check((*at, "components", number), field)
            elif component["type"] == LABEL:
                self.form.text((*at, "label"), component.get("label"), 45, 1)
                self.form.text((*at, "description"), component.get("description"), 100)
                kinds = (TEXT_INPUT, *SELECTS, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX)
                if self.kind((*at, "component"), component.get("component"), kinds):
                    field = component["component"]
                    self.check((*at, "component"), field)
                    if field.get("required", True) and field.get("min_values") == 0:
                        path = (*at, "component", "min_values")
                        self.form.wrong(path, "NUMBER_TYPE_MIN", "A required field has at least one value.")
            else:
                self.check(at, component)

    def kind(self, path: Path, component: Any, allowed: tuple[int, ...]) -> bool:
        fits = isinstance(component, dict) and component.get("type") in allowed
        if not fits:
            self.form.wrong(
                (*path, "type"), "BASE_TYPE_CHOICES", f"Value of field 'type' must be one of {allowed}."
            )
        return fits

    def check(self, path: Path, component: Json) -> None:
        kind = component["type"]
        if kind == ROW:
            self.row(path, component)
        elif kind == BUTTON:
            self.button(path, component)
        elif kind in SELECTS:
            self.select(path, component)
        elif kind == TEXT_INPUT:
            self.text_input(path, component)
        elif kind == TEXT:
            self.form.text((*path, "content"), component.get("content"), 4000, 1)
        elif kind == SECTION:
            self.section(path, component)
        elif kind == CONTAINER:
            self.container(path, component)
        elif kind == GALLERY:
            for index, item in enumerate(self.form.items((*path, "items"), component.get("items"), 10, 1)):
                self.media((*path, "items", index, "media"), item.get("media"))
                self.form.text((*path, "items", index, "description"), item.get("description"), 1024)
        elif kind == THUMBNAIL:
            self.media((*path, "media"), component.get("media"))
            self.form.text((*path, "description"), component.get("description"), 1024)
        elif kind == FILE:
            self.media((*path, "file"), component.get("file"), uploaded=True)
        elif kind == SEPARATOR:
            self.form.one_of((*path, "spacing"), component.get("spacing", 1), (1, 2))
        else:
            self.custom_id(path, component)
            if kind == FILE_UPLOAD:
                self.optional(path, component, "min_values", 0, 10)
                self.optional(path, component, "max_values", 1, 10)
                self.in_order(path, component, "min_values", "max_values")

    def optional(self, path: Path, component: Json, key: str, least: int, most: int) -> None:
        if component.get(key) is not None:
            self.form.number((*path, key), component[key], least, most)

    def in_order(self, path: Path, component: Json, low: str, high: str) -> None:
        least, most = component.get(low), component.get(high)
        if least is not None and most is not None and least > most:
            self.form.wrong((*path, low), "NUMBER_TYPE_MAX", f"{low} is above {high}.")

    def row(self, path: Path, component: Json) -> None:
        children = self.form.items((*path, "components"), component.get("components"), 5, 1)
        for index, child in enumerate(children):
            at: Path = (*path, "components", index)
            if self.kind(at, child, (BUTTON, *SELECTS)):
                if child["type"] in SELECTS and len(children) > 1:
                    self.form.wrong(at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A select fills a whole row.")
                self.check(at, child)

    def button(self, path: Path, component: Json) -> None:
        style = component.get("style")
        self.form.one_of((*path, "style"), style, range(1, 7))
        label = self.form.text((*path, "label"), component.get("label"), 80)
        emoji = component.get("emoji")
        if emoji and not is_emoji(emoji):
            self.form.wrong((*path, "emoji", "name"), "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")
        if style == PREMIUM:
            return
        if not label and not emoji:
            self.form.wrong(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required.")
        if style == LINK:
            url = self.form.text((*path, "url"), component.get("url"), 512)
            if not url.startswith(("http://", "https://", "discord://")):
                self.form.wrong((*path, "url"), "BUTTON_COMPONENT_URL_REQUIRED", "A url is required.")
            if "custom_id" in component:
                self.form.wrong(
                    path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "custom_id or url."
                )
            return
        if "url" in component:
            self.form.wrong(
                (*path, "url"), "BUTTON_COMPONENT_URL_NOT_ALLOWED", "Only link buttons have a url."
            )
        self.custom_id(path, component)

    def custom_id(self, path: Path, component: Json) -> None:
        custom_id = self.form.text((*path, "custom_id"), component.get("custom_id"), 100, 1)
        if custom_id in self.custom_ids:
            self.form.wrong(
                (*path, "custom_id"),
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        self.custom_ids.add(custom_id)

    def select(self, path: Path, component: Json) -> None:
        self.custom_id(path, component)
        self.form.text((*path, "placeholder"), component.get("placeholder"), 150)
        self.optional(path, component, "min_values", 0, 25)
        self.optional(path, component, "max_values", 1, 25)
        self.in_order(path, component, "min_values", "max_values")
        if component["type"] != SELECT:
            return
        values = set()
        for index, option in enumerate(self.form.items((*path, "options"), component.get("options"), 25, 1)):
            at: Path = (*path, "options", index)
            self.form.text((*at, "label"), option.get("label"), 100, 1)
            self.form.text((*at, "description"), option.get("description"), 100)
            value = self.form.text((*at, "value"), option.get("value"), 100, 1)
            if value in values:
                self.form.wrong(
                    (*at, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "Duplicated value"
                )
            values.add(value)

    def text_input(self, path: Path, component: Json) -> None:
        self.custom_id(path, component)
        self.form.one_of((*path, "style"), component.get("style"), (1, 2))
        self.form.text((*path, "placeholder"), component.get("placeholder"), 100)
        self.form.text((*path, "value"), component.get("value"), component.get("max_length") or 4000)
        self.optional(path, component, "min_length", 0, 4000)
        self.optional(path, component, "max_length", 1, 4000)
        self.in_order(path, component, "min_length", "max_length")

    def section(self, path: Path, component: Json) -> None:
        for index, child in enumerate(
            self.form.items((*path, "components"), component.get("components"), 3, 1)
        ):
            if self.kind((*path, "components", index), child, (TEXT,)):
                self.check((*path, "components", index), child)
        if self.kind((*path, "accessory"), component.get("accessory"), (BUTTON, THUMBNAIL)):
            self.check((*path, "accessory"), component["accessory"])

    def container(self, path: Path, component: Json) -> None:
        allowed = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)
        for index, child in enumerate(
            self.form.items((*path, "components"), component.get("components"), 40, 1)
        ):
            if self.kind((*path, "components", index), child, allowed):
                self.check((*path, "components", index), child)

    def media(self, path: Path, media: Any, *, uploaded: bool = False) -> None:
        url = str((media or {}).get("url", ""))
        attached = ATTACHMENT_URL.fullmatch(url)
        if attached and attached[1] not in self.filenames:
            self.form.wrong(
                (*path, "url"),
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                f"No attachment is {attached[1]}",
            )
        elif not attached and (uploaded or not url.startswith(("http://", "https://"))):
            self.form.wrong((*path, "url"), "URL_TYPE_INVALID_SCHEME", f"Scheme of {url!r} is not supported.")
