"""A request while it is being rendered: its latents, its scheduler, and how far it is."""

from __future__ import annotations

from functools import partial

import torch
from diffusers.models.embeddings import get_timestep_embedding
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.noise import draw
from gpuworker.engine.prompts import PromptEncoder
from gpuworker.engine.request import StepDone
from gpuworker.engine.samplers import draws_noise, new_scheduler
from gpuworker.engine.ticket import Ticket


class Render:
    """The state of one picture between steps. Latents (1, 4, h, w) are fp32 on the checkpoint's device."""

    def __init__(self, ticket: Ticket, checkpoint: Checkpoint, prompts: PromptEncoder) -> None:
        request, unet = ticket.request, checkpoint.unet.config
        self.ticket = ticket
        self.checkpoint = checkpoint
        self.guidance_scale = request.guidance_scale
        self.guidance_told = _told(checkpoint, request.guidance_scale) if unet.time_cond_proj_dim else None
        self.guided = request.guidance_scale > 1 and self.guidance_told is None
        self.prompt = prompts.encode(checkpoint, request.prompt)
        self.negative_prompt = prompts.encode(checkpoint, request.negative_prompt) if self.guided else None

        self._scheduler = new_scheduler(request.sampler, checkpoint.scheduler_config, request.steps)
        side = checkpoint.pixels_per_latent
        noise, generator = draw(
            request.noise, (1, unet.in_channels, request.height // side, request.width // side)
        )
        self.latents = (noise * self._scheduler.init_noise_sigma).to(checkpoint.device)
        self._extra = {"generator": generator} if draws_noise(request.sampler) else {}
        self._steps = len(self._scheduler.timesteps)
        self._step = 0

    @property
    def rows(self) -> int:
        """Rows of a forward pass that this picture takes: two when guided, with and without the prompt."""
        return 2 if self.guided else 1

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self._step == self._steps

    @property
    def timestep(self) -> Tensor:
        """The timestep of the next step, a scalar on the CPU."""
        timestep: Tensor = self._scheduler.timesteps[self._step]
        return timestep

    def model_input(self) -> Tensor:
        """The latents (1, 4, h, w), scaled to what the UNet expects at the next step."""
        scaled: Tensor = self._scheduler.scale_model_input(self.latents, self.timestep)
        return scaled

    def advance(self, prediction: Tensor) -> None:
        """Make one step with the UNet's prediction (1, 4, h, w), fp32, guidance applied, and tell of it."""
        latents, *denoised = self._scheduler.step(
            prediction, self.timestep, self.latents, return_dict=False, **self._extra
        )
        self.latents = latents
        self._step += 1
        if self.ticket.request.on_step is not None:
            # Multistep schedulers keep their estimates of the finished picture, the others return it.
            estimate = denoised[0] if denoised else self._scheduler.model_outputs[-1]
            preview = partial(self.checkpoint.preview.picture, estimate)
            self.ticket.request.on_step(StepDone(self._step, self._steps, preview))


def _told(checkpoint: Checkpoint, guidance_scale: float) -> Tensor:
    """The guidance scale as (1, width), for models distilled to be told it instead of being run twice.

    Meng et al., arXiv 2210.03142; latent consistency models are of the kind.
    """
    width = checkpoint.unet.config.time_cond_proj_dim
    scale = torch.tensor([1000 * (guidance_scale - 1)])
    told: Tensor = get_timestep_embedding(scale, width, downscale_freq_shift=1)
    return told.to(checkpoint.device, checkpoint.dtype)
