"""Other programs' samplers, by the names that they have there, and which of ours draws as they do."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from storage.samplers import Sampler

_SAME = {
    "euler": Sampler.EULER,
    "eulera": Sampler.EULER_A,
    "eulerancestral": Sampler.EULER_A,
    "dpmpp2m": Sampler.DPMPP_2M,
    "unipc": Sampler.UNIPC,
    "unipcbh2": Sampler.UNIPC,
    "ddim": Sampler.DDIM,
    "ddimv3": Sampler.DDIM,
    "lcm": Sampler.LCM,
}
"""By names without spaces and signs, and without the prefix of k-diffusion."""
_SPACINGS = ("karras", "exponential", "polyexponential", "sgmuniform", "simple", "normal", "uniform", "beta")
_USUAL = {"", "automatic", "normal", "uniform", "simple", "ddimuniform", "linear", "default", "native"}
_RANDOM = re.compile(r"sde|ancestral|a$|restart|lcm|turbo|tcd")
"""Samplers that add noise at every step."""


class Found(NamedTuple):
    """One of our samplers, and what of the other one it has not: all of it, or how the steps are spaced."""

    sampler: Sampler
    missed: Literal["sampler", "spacing"] | None = None


def sampler_like(name: str, schedule: str | None = None) -> Found:
    """Find the sampler that draws as another program's does, or else the nearest to it."""
    plain, spacing = _parted(name, schedule)
    same = _SAME.get(plain)
    if same is None:
        return Found(Sampler.EULER_A if _RANDOM.search(plain) else Sampler.DPMPP_2M_KARRAS, "sampler")
    if same is Sampler.DPMPP_2M and spacing in ("karras", "automatic"):
        # A1111's "Automatic" is what suits the sampler, which here is Karras' spacing.
        return Found(Sampler.DPMPP_2M_KARRAS)
    if spacing in _USUAL or (same is Sampler.LCM and spacing == "sgmuniform"):
        return Found(same)
    return Found(same, "spacing")


def _parted(name: str, schedule: str | None) -> tuple[str, str]:
    """Give the plain names of the sampler and of its spacing, which many programs write behind it."""
    plain = _plain(name.casefold().removeprefix("k_").removeprefix("sample_"))
    spacing = _plain(schedule or "")
    if name.casefold().endswith("_k"):
        return plain.removesuffix("k"), "karras"
    for ending in _SPACINGS:
        if plain.endswith(ending) and plain != ending:
            return plain.removesuffix(ending), spacing if spacing not in _USUAL else ending
    return plain.removesuffix("gpu"), spacing


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold().replace("+", "p"))
