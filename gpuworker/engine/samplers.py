"""The samplers members choose from, as diffusers' schedulers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    UniPCMultistepScheduler,
)
from torch import Tensor

from gpuworker.engine.transfer import to_device
from gpuworker.families.replacing import Replacing
from storage.samplers import Sampler


@dataclass(frozen=True)
class _Kind:
    """A scheduler, what it changes in the checkpoint's configuration, and whether each step draws noise."""

    scheduler: Any
    options: Mapping[str, Any] = field(default_factory=dict)
    draws: bool = False


class _UniPC(UniPCMultistepScheduler):  # type: ignore[misc]
    """UniPC, which copies sigmas to the latents' device one by one, and waits for it to solve equations.

    Here its steps find all sigmas there, and solve without asking how that went: the matrices are 2 x 2, and
    regular as long as sigmas differ. What is asked of it between steps finds them on the CPU.
    """

    sigmas: Tensor
    _sigmas_there: Tensor | None = None

    def step(self, model_output: Tensor, timestep: Tensor, sample: Tensor, return_dict: bool = True) -> Any:
        """Make a step, as diffusers' scheduler does."""
        here = self.sigmas
        if self._sigmas_there is None:
            self._sigmas_there = to_device(here, sample.device)
        self.sigmas = self._sigmas_there
        try:
            with Replacing(torch.linalg.solve, _solve):
                return super().step(model_output, timestep, sample, return_dict)
        finally:
            self.sigmas = here


def _solve(matrix: Tensor, right: Tensor) -> Tensor:
    solution: Tensor = torch.linalg.solve_ex(matrix, right)[0]
    return solution


_DPMPP_2M = {"algorithm_type": "dpmsolver++", "solver_order": 2, "use_karras_sigmas": False}

_KINDS = {
    Sampler.EULER: _Kind(EulerDiscreteScheduler),
    Sampler.EULER_A: _Kind(EulerAncestralDiscreteScheduler, draws=True),
    Sampler.DPMPP_2M: _Kind(DPMSolverMultistepScheduler, _DPMPP_2M),
    Sampler.DPMPP_2M_KARRAS: _Kind(DPMSolverMultistepScheduler, {**_DPMPP_2M, "use_karras_sigmas": True}),
    Sampler.UNIPC: _Kind(_UniPC),
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
    if config.get("rescale_betas_zero_snr") and "use_karras_sigmas" in options:
        # Karras' spacing reaches for the largest sigma, here next to infinite, and would stay there for long.
        options["use_karras_sigmas"] = False
    scheduler = kind.scheduler.from_config(config, **options)
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "set_begin_index"):
        # Saves the first step a search for its timestep, which picks the second one of equal neighbours.
        scheduler.set_begin_index(first)
    return scheduler


def make_step(
    scheduler: Any, prediction: Tensor, timestep: Tensor, latents: Tensor, noise: Tensor | None
) -> tuple[Tensor, ...]:
    """Give the latents after a step, and those of the finished picture as expected, if the scheduler does.

    `noise`, of the latents' shape and on their device, is what the step adds, None if the sampler adds none.
    The scheduler itself would draw on the CPU, picture by picture, and wait for the device each time.
    """
    drawn = nullcontext() if noise is None else Replacing(torch.randn, lambda *_, **__: noise)
    with drawn:
        made: tuple[Tensor, ...] = scheduler.step(prediction, timestep, latents, return_dict=False)
    return made


def noise_levels(scheduler: Any, timestep: Tensor) -> tuple[Tensor, Tensor]:
    """Give how much of a picture and how much noise the latents have at a timestep: scalars on the CPU.

    A tensor on any device can be multiplied with them without waiting for it. Asked of the scheduler's
    `add_noise`, which would copy whole schedules to the device for each picture.
    """
    one, none = torch.ones(1), torch.zeros(1)
    signal: Tensor = scheduler.add_noise(one, none, timestep[None])
    sigma: Tensor = scheduler.add_noise(none, one, timestep[None])
    return signal[0], sigma[0]


def draws_noise(sampler: Sampler) -> bool:
    """Tell whether every step adds fresh noise."""
    return _KINDS[sampler].draws
