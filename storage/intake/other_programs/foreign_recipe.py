"""What another program's picture says of how it was made, in words that are the same for all programs."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from storage.values import Travelling

WORDS_LIMIT = 10_000
"""Characters of a prompt that are read; more than a tenth of that is drawn nowhere here."""
_NAME_LIMIT = 200
_MOST_LISTED = 50
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER = re.compile(r"\s*([+-]?\d{1,20}(?:\.\d{0,20})?(?:e[+-]?\d{1,2})?)\s*", re.IGNORECASE)

Fields: TypeAlias = Mapping[str, Any]
Dialect = Literal["a1111", "comfyui", "invokeai", "novelai"]
"""Whose syntax the prompts are written in."""


class NamedLora(Travelling):
    """A LoRA that was worn, by the name of its file without folder and ending, and its weight."""

    name: str
    weight: float = 1.0


class ForeignRecipe(Travelling):
    """Prompts and settings as another program wrote them into a picture; None is what it does not say.

    All of it is a stranger's: texts are cut to a length and have no control characters, but names, numbers
    and words may be anything. `sampler` and `schedule` are as the program calls them. `loras` are those that
    its prompt does not name. `denoising_strength` is said of a picture that was drawn over another one.
    `beside` names what else made the picture: "ControlNet", "hires fix 2x".
    """

    program: str
    dialect: Dialect
    prompt: str = ""
    negative_prompt: str = ""
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    sampler: str | None = None
    schedule: str | None = None
    guidance_scale: float | None = None
    seed: int | None = None
    variation_seed: int | None = None
    variation_strength: float | None = None
    denoising_strength: float | None = None
    clip_skip: int | None = None
    checkpoint: str | None = None
    checkpoint_hash: str | None = None
    loras: tuple[NamedLora, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether there is a prompt, or enough of the settings to know that it is a recipe."""
        settings = (self.steps, self.sampler, self.seed, self.guidance_scale)
        return bool(self.prompt) or sum(setting is not None for setting in settings) > 1

    @property
    def text(self) -> str:
        """Write it as A1111 would, with the program's name in the end."""
        size = f"{self.width}x{self.height}" if self.width and self.height else None
        settings = {
            "Steps": self.steps,
            "Sampler": self.sampler,
            "Schedule type": self.schedule,
            "CFG scale": self.guidance_scale,
            "Seed": self.seed,
            "Size": size,
            "Model hash": self.checkpoint_hash,
            "Model": self.checkpoint,
            "Denoising strength": self.denoising_strength,
            "Clip skip": self.clip_skip,
            "Variation seed": self.variation_seed,
            "Variation seed strength": self.variation_strength,
            "Loras": ", ".join(f"{lora.name} {lora.weight:g}" for lora in self.loras) or None,
            "Program": self.program,
        }
        said = (f"{key}: {_short(value)}" for key, value in settings.items() if value is not None)
        return "\n".join((self.prompt, f"Negative prompt: {self.negative_prompt}", ", ".join(said)))


def _short(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else value


def words(said: Any) -> str:
    """Give a prompt of any kind of value: empty if it is no text, cut, without control characters."""
    return _CONTROLS.sub(" ", said[:WORDS_LIMIT]).strip() if isinstance(said, str) else ""


def name(said: Any) -> str | None:
    """Give a name on one line; None if it is no text or says nothing."""
    if not isinstance(said, str):
        return None
    plain = " ".join(_CONTROLS.sub(" ", said[:_NAME_LIMIT]).split())
    return plain if plain and plain.casefold() not in ("none", "null", "undefined") else None


def file_stem(said: Any) -> str | None:
    """Give the name of a model's file without its folders and its ending."""
    plain = name(said)
    if plain is None:
        return None
    last = re.split(r"[\\/]", plain)[-1]
    return re.sub(r"\.(safetensors|ckpt|pt|pth|bin|sft|gguf)$", "", last, flags=re.IGNORECASE) or None


def real(said: Any) -> float | None:
    """Give a finite number, also of a text that is one."""
    if isinstance(said, bool) or said is None:
        return None
    if isinstance(said, str):
        found = _NUMBER.fullmatch(said)
        said = float(found[1]) if found else None
    try:
        return float(said) if isinstance(said, int | float) and math.isfinite(said) else None
    except OverflowError:
        return None


def whole(said: Any) -> int | None:
    """Give a whole number up to 64 bits, also of a text that is one."""
    if isinstance(said, str) and re.fullmatch(r"\s*[+-]?\d{1,20}\s*", said):
        said = int(said)
    value = said if isinstance(said, int) and not isinstance(said, bool) else real(said)
    return int(value) if value is not None and value == int(value) and abs(value) < 2**64 else None


def listed(said: Any) -> list[Any]:
    """Give the first members of a list; none if it is none."""
    return list(said[:_MOST_LISTED]) if isinstance(said, list | tuple) else []


def fields(said: Any) -> dict[str, Any]:
    """Give the fields of a JSON object, of the object itself or as a text; none if it is none."""
    if isinstance(said, str):
        said = read_json(said)
    return said if isinstance(said, dict) else {}


def read_json(text: str) -> Any:
    """Read JSON; None if it makes no sense. Python's reader takes NaN, too, which ComfyUI writes."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
