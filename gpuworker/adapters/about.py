"""What the header of a LoRA's file says of it, before its numbers are read."""

from __future__ import annotations

import hashlib
import json
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from gpuworker.adapters.spelling import sort_out

_LONGEST_HEADER = 64 * 2**20
_MOST_TRIGGERS = 5
_LONGEST_TRIGGER = 100
"""Characters."""
_USUAL = 0.5
"""The share of the most frequent tag from which on a tag counts as a trigger word."""
_FAMILIES = (
    ("stable-diffusion-v1", "sd1"),
    ("stable-diffusion-v2", "sd2"),
    ("stable-diffusion-xl", "sdxl"),
    ("sd_v1", "sd1"),
    ("sd_v2", "sd2"),
    ("sdxl", "sdxl"),
    ("sd_1.5", "sd1"),
    ("sd 1", "sd1"),
    ("sd 2", "sd2"),
    ("pony", "sdxl"),
    ("illustrious", "sdxl"),
    ("noobai", "sdxl"),
)
"""How modelspec's architecture, kohya's base model version and civitai's base model begin."""


class FileVersion(NamedTuple):
    """A file as it was when somebody looked: one that is written anew is another one."""

    file: Path
    changed: int
    size: int
    number: int

    @classmethod
    def of(cls, file: Path) -> FileVersion:
        """Look at a file. Raises OSError."""
        found = file.stat()
        return cls(file, found.st_mtime_ns, found.st_size, found.st_ino)


class About(NamedTuple):
    """What a file says of itself: each is empty where it says nothing.

    `family` is that of the checkpoints that it was made for, `made_for` the same in its own words, which may
    name one that is not served. `triggers` are words that call up what it learned, the best first, and
    `bundled` the embeddings that came along.
    """

    family: str | None = None
    made_for: str | None = None
    triggers: tuple[str, ...] = ()
    bundled: tuple[str, ...] = ()


def about(version: FileVersion) -> About:
    """Give what a safetensors file says of itself; one that cannot be read says nothing."""
    return _about(version)


@lru_cache(4096)
def _about(version: FileVersion) -> About:
    try:
        header = _header(version.file)
    except (OSError, ValueError, struct.error):
        return About()
    metadata = header.pop("__metadata__", None)
    metadata = metadata if isinstance(metadata, dict) else {}
    made_for = next((str(metadata[key]) for key in _BASE_KEYS if metadata.get(key)), None)
    return About(
        family=_family(made_for),
        made_for=made_for,
        triggers=tuple(_triggers(metadata)),
        bundled=tuple(sorted(sort_out(header).bundled)),
    )


_BASE_KEYS = ("modelspec.architecture", "ss_base_model_version", "baseModel")


def _header(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        (size,) = struct.unpack("<Q", opened.read(8))
        if size > _LONGEST_HEADER:
            raise ValueError("the header is too long")
        header = json.loads(opened.read(size))
    if not isinstance(header, dict):
        raise ValueError("the header is no object")
    return header


def _family(made_for: str | None) -> str | None:
    said = (made_for or "").lower()
    return next((family for start, family in _FAMILIES if said.startswith(start)), None)


def _triggers(metadata: Mapping[str, Any]) -> Iterator[str]:
    """Give the trigger phrase, or else the tags that most pictures had that it was trained on."""
    phrase = metadata.get("modelspec.trigger_phrase")
    if isinstance(phrase, str) and phrase.strip():
        yield _short(phrase)
        return
    counts = Counter[str]()
    try:
        for tags in json.loads(metadata.get("ss_tag_frequency") or "{}").values():
            for tag, count in tags.items():
                counts[str(tag).strip()] += int(count)
    except (ValueError, TypeError, AttributeError):
        return
    del counts[""]
    most = counts.most_common(_MOST_TRIGGERS)
    yield from (_short(tag) for tag, count in most if count >= _USUAL * most[0][1])


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_TRIGGER else text[: _LONGEST_TRIGGER - 1] + "…"


def hash_of_numbers(file: Path) -> str:
    """Hash what stands behind the header with SHA-256: what a title or a tag changes does not count."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        (size,) = struct.unpack("<Q", opened.read(8))
        opened.seek(8 + size)
        while block := opened.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
