"""Recognises checkpoints that were distilled to draw in a few steps, and says how they are drawn with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from storage.samplers import Sampler
from storage.served import Usual


class FewSteps(NamedTuple):
    """How to draw with a distilled checkpoint, where its name does not say in how many steps.

    The numbers are the authors', or where fine-tunes mix distilled weights with others, what those advise.
    Above `most`, a number in a name is none of steps.
    """

    usual: Usual
    most: int = 16

    def in_steps(self, steps: int | None) -> Usual:
        """Give the usual settings for the number of steps that the name gives, if it gives one."""
        if steps is None or not 1 <= steps <= self.most:
            return self.usual
        return self.usual.model_copy(update={"steps": steps})


def few_steps(names: Iterable[str], scheduler: Mapping[str, Any], is_guided: bool) -> Usual | None:
    """Recognise a distilled checkpoint by its names, its scheduler, or a UNet that `is_guided` by an input.

    `names` are the file's own, and the title in its metadata. None for all others.
    """
    if is_guided:
        return Usual(steps=4, guidance_scale=8.0, sampler=Sampler.LCM)
    for name in names:
        words = _words(name)
        for is_one, found in _KINDS:
            if is_one(words):
                return found.in_steps(_steps(name))
    if scheduler.get("_class_name") in ("LCMScheduler", "TCDScheduler"):
        return _LCM.usual
    return None


_LCM = FewSteps(Usual(steps=6, guidance_scale=1.5, sampler=Sampler.LCM))
"""Luo et al., arXiv 2311.05556."""
_DMD = FewSteps(Usual(steps=4, guidance_scale=1.0, sampler=Sampler.LCM), most=8)
"""Yin et al., arXiv 2405.14867."""
_LIGHTNING = FewSteps(Usual(steps=6, guidance_scale=1.0, sampler=Sampler.EULER), most=8)
"""Lin et al., arXiv 2402.13929: Euler with trailing timesteps, without guidance."""
_HYPER = FewSteps(Usual(steps=8, guidance_scale=1.0, sampler=Sampler.DDIM))
"""Ren et al., arXiv 2404.13686: DDIM with trailing timesteps."""
_HYPER_GUIDED = FewSteps(Usual(steps=8, guidance_scale=5.0, sampler=Sampler.DDIM))
"""Those with CFG in their names keep guidance, of 5 to 8."""
_TURBO = FewSteps(Usual(steps=6, guidance_scale=2.0, sampler=Sampler.EULER_A))
_TURBO_ITSELF = FewSteps(Usual(steps=4, guidance_scale=1.0, sampler=Sampler.EULER_A), most=4)
"""Sauer et al., arXiv 2311.17042: from 1 to 4 steps, without guidance."""

_Words = tuple[str, ...]
_NEGATIONS = {"no", "non", "not", "without", "pre", "anti"}
_STEPS = re.compile(r"(?<![0-9.])(\d{1,2})[ _-]?(?:[sS]teps?|STEPS?|s)(?![a-z])")
_OFFICIAL = {"sd", "sdxl", "xl", "fp", "turbo", "unet"}


def _words(name: str) -> _Words:
    """Split at what is no letter, and where small letters give way to capitals: myMixXL_v2Lightning."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(word.casefold() for word in re.findall(r"[A-Za-z]+", apart))


def _steps(name: str) -> int | None:
    return int(found[1]) if (found := _STEPS.search(name)) else None


def _says(*these: str) -> Callable[[_Words], bool]:
    def is_one(words: _Words) -> bool:
        return any(
            word in these and (place == 0 or words[place - 1] not in _NEGATIONS)
            for place, word in enumerate(words)
        )

    return is_one


def _is_hyper(words: _Words) -> bool:
    """Tell Hyper-SD from what is hyper otherwise, as hyperrealism is."""
    if "hypersd" in words or "hypersdxl" in words:
        return True
    at = [place for place, word in enumerate(words) if word == "hyper"]
    beside = {word for place in at for word in words[max(0, place - 1) : place + 3]}
    return bool(beside & {"sd", "sdxl", "xl", "step", "steps", "lora", "cfg"})


def _is_turbo_itself(words: _Words) -> bool:
    return "turbo" in words and set(words) <= _OFFICIAL


_KINDS: tuple[tuple[Callable[[_Words], bool], FewSteps], ...] = (
    (_says("dmd"), _DMD),
    (_says("lcm"), _LCM),
    (_says("lightning"), _LIGHTNING),
    (lambda words: _is_hyper(words) and "cfg" in words, _HYPER_GUIDED),
    (_is_hyper, _HYPER),
    (_is_turbo_itself, _TURBO_ITSELF),
    (_says("turbo"), _TURBO),
)
