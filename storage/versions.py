"""What other versions of Darkroom wrote: the earlier ones are read for ever, newer ones are named as such."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError

from moderation.told import Told

VERSION: Literal[2] = 2
"""Raised when older values can no longer be read as they stand, but not for an added field."""
_EARLIER = (1,)
_SHOWN = 40
"""Characters of a name that is not known."""


def _read_as_now(version: Any) -> Any:
    return VERSION if version in _EARLIER else version


Version = Annotated[Literal[2], BeforeValidator(_read_as_now)]
"""The version of a job or recipe; those that were read from an earlier one are of this one."""


class TooNew(ValueError):
    """A newer version of Darkroom wrote this; the message is a sentence."""


@contextmanager
def recognising_news(what: str, older: Told) -> Iterator[None]:
    """Raise TooNew in place of a ValidationError if only a newer version can have written what is read.

    `what` is read, say a job; `older` begins the sentence: "This worker is older than the bot".
    """
    try:
        yield
    except ValidationError as error:
        if news := _news_in(error, what):
            raise TooNew(
                Told("{older} and does not know {news}: it needs an update.", older=older, news=news)
            ) from error
        raise


def _news_in(error: ValidationError, what: str) -> Told | None:
    """Name what no version up to this one writes; None if the value is simply wrong."""
    found = error.errors(include_url=False)
    for each in found:
        name = next((place for place in reversed(each["loc"]) if isinstance(place, str)), what)
        if each["type"] == "union_tag_invalid":
            kind = what if name == "of" else name
            return Told("the kind of {what} “{kind}”", what=kind, kind=_short(each["ctx"]["tag"]))
        if name == "version" and isinstance(each["input"], int) and each["input"] > VERSION:
            return Told("version {version} of a {what}", version=each["input"], what=what)
    if all(each["type"] in ("enum", "literal_error") and isinstance(each["input"], str) for each in found):
        what, name = str(found[0]["loc"][-1]), _short(found[0]["input"])
        return Told("the {what} “{name}”", what=what, name=name)
    return None


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…"


def start_of_version_1(start: Any) -> Any:
    """Give a start of version 1 its kind. There, one of several fields said what may change, or none did.

    Returns anything else unchanged. Raises ValueError if several fields say so.
    """
    if not isinstance(start, Mapping) or "kind" in start:
        return start
    changes = {name: value for name, value in start.items() if name in _CHANGES_1 and value is not None}
    if len(changes) > 1:
        raise ValueError(
            "a picture is filled, grows, gets new faces or is edited, but not several of them at once"
        )
    now = {"kind": "whole"}
    for name, value in changes.items():
        now = _CHANGES_1[name](value)
    return {name: value for name, value in start.items() if name not in _CHANGES_1} | now


_CHANGES_1: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "mask": lambda mask: {"kind": "mask", "mask": mask},
    "mask_words": lambda words: {"kind": "word_mask", "mask_words": words},
    "outpaint": lambda asked: (
        {"kind": "head_room"} if asked == "head room" else {"kind": "outpaint", "margins": asked}
    ),
    "faces": lambda asked: {"kind": "faces", **(asked if isinstance(asked, Mapping) else {"part": asked})},
    "shows": lambda words: {"kind": "edit", "shows": words},
}
"""What became of the fields of version 1 that said what may change."""
