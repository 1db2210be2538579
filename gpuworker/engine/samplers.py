"""The samplers members choose from, as diffusers' schedulers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    UniPCMultistepScheduler,
)

from storage.samplers import Sampler


@dataclass(frozen=True)
class _Kind:
    """A scheduler, what it changes in the checkpoint's configuration, and whether each step draws noise."""

    scheduler: Any
    options: Mapping[str, Any] = field(default_factory=dict)
    draws: bool = False


_DPMPP_2M = {"algorithm_type": "dpmsolver++", "solver_order": 2, "use_karras_sigmas": False}

_KINDS = {
    Sampler.EULER: _Kind(EulerDiscreteScheduler),
    Sampler.EULER_A: _Kind(EulerAncestralDiscreteScheduler, draws=True),
    Sampler.DPMPP_2M: _Kind(DPMSolverMultistepScheduler, _DPMPP_2M),
    Sampler.DPMPP_2M_KARRAS: _Kind(DPMSolverMultistepScheduler, {**_DPMPP_2M, "use_karras_sigmas": True}),
    Sampler.UNIPC: _Kind(UniPCMultistepScheduler),
    # Latents are not bounded as pixels are; a configuration written for another scheduler is silent on it.
    Sampler.DDIM: _Kind(DDIMScheduler, {"clip_sample": False}),
    Sampler.LCM: _Kind(LCMScheduler, draws=True),
}


def new_scheduler(sampler: Sampler, config: Mapping[str, Any], steps: int, first: int = 0) -> Any:
    """Give the scheduler of a sampler for a checkpoint, at the `first` (counted from 0) of `steps` steps.

    Its timesteps and sigmas stay on the CPU: looking one up on a GPU would wait for all work queued there.
    """
    kind = _KINDS[sampler]
    options = dict(kind.options)
    if sampler is Sampler.LCM:
        # The distillation knows 50 timesteps of which a few are chosen; more steps need more to choose from.
        options["original_inference_steps"] = max(50, steps)
    scheduler = kind.scheduler.from_config(config, **options)
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "set_begin_index"):
        # Saves the first step a search for its timestep, which picks the second one of equal neighbours.
        scheduler.set_begin_index(first)
    return scheduler


def draws_noise(sampler: Sampler) -> bool:
    """Tell whether every step adds fresh noise, for which the scheduler's `step` wants a generator."""
    return _KINDS[sampler].draws
