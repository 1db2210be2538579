"""What members choose sizes, qualities and freedoms from, the same in every command."""

from __future__ import annotations

from discord.app_commands import Choice

from storage.manner import Manner
from storage.samplers import Sampler
from tasks.presets import Imagination, Quality
from tasks.size import Size

RATIOS = ("4:3", "3:4", "16:9", "9:16", "21:9")
"""Shapes beside those that have a name."""

SIZES: list[Choice[str]] = [
    Choice(name="square", value=Size.SQUARE.value),
    Choice(name="portrait (2:3)", value=Size.PORTRAIT.value),
    Choice(name="landscape (3:2)", value=Size.LANDSCAPE.value),
    Choice(name="wide (7:4)", value=Size.WIDE.value),
    *(Choice(name=ratio, value=ratio) for ratio in RATIOS),
]
QUALITIES: list[Choice[str]] = [
    Choice(name=f"{quality} ({quality.effort.steps} steps)", value=quality.value) for quality in Quality
]
IMAGINATIONS: list[Choice[str]] = [
    Choice(name=f"{word} (guidance {word.guidance_scale:g})", value=word.value) for word in Imagination
]
MANNERS: list[Choice[str]] = [
    Choice(name="here, for everybody", value=Manner.HERE.value),
    Choice(name="only for me", value=Manner.PRIVATE.value),
    Choice(name="as a spoiler", value=Manner.SPOILER.value),
    Choice(name="in a direct message", value=Manner.DIRECT.value),
    Choice(name="here, with a ping if it takes long", value=Manner.PING.value),
]
SAMPLERS: list[Choice[str]] = [Choice(name=sampler.label, value=sampler.value) for sampler in Sampler]
