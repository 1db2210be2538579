"""A request while it is being rendered: its latents, its scheduler, and how far it is."""

from __future__ import annotations

from functools import partial

from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.conditions import Conditions, conditions_over
from gpuworker.engine.embeddings import Vocabulary
from gpuworker.engine.errors import RenderError
from gpuworker.engine.noise import draw
from gpuworker.engine.origin import Origin
from gpuworker.engine.request import StepDone
from gpuworker.engine.samplers import draws_noise, new_scheduler
from gpuworker.engine.ticket import Ticket
from storage.jobs import steps_made


class Render:
    """The state of one picture between steps: latents (1, channels, h, w), fp32, on the checkpoint's device.

    Raises `RenderError` when the checkpoint cannot draw the prompt or the size asked for.
    """

    def __init__(self, ticket: Ticket, checkpoint: Checkpoint, vocabulary: Vocabulary) -> None:
        request, model = ticket.request, checkpoint.model
        self.ticket = ticket
        self.checkpoint = checkpoint
        self._conditions = conditions_over(request, checkpoint, vocabulary)
        side = model.pixels_per_latent
        if request.width % side or request.height % side:
            raise RenderError(f"{checkpoint.name} draws in multiples of {side} pixels: choose such a size.")
        shape = (1, model.latent_channels, request.height // side, request.width // side)
        noise, generator = draw(request.noise, shape, side)
        noise = noise.to(checkpoint.device)
        self._extra = {"generator": generator} if draws_noise(request.sampler) else {}
        start, steps = request.start, request.steps
        self._first = self._step = 0 if start is None else steps - steps_made(steps, start.strength)
        self._scheduler = new_scheduler(request.sampler, checkpoint.scheduler_config, steps, self._first)
        self._last = len(self._scheduler.timesteps)
        self._origin = None if start is None else Origin(start, noise, model)
        if self._origin is None:
            self.latents = noise * self._scheduler.init_noise_sigma
        else:
            self.latents = self._origin.begin(self._scheduler, self.timestep)

    @property
    def conditions(self) -> Conditions:
        """What the model is told at the next step."""
        return self._conditions[self._step]

    @property
    def done(self) -> bool:
        """Whether all steps are made."""
        return self._step == self._last

    @property
    def timestep(self) -> Tensor:
        """The timestep of the next step, a scalar on the CPU."""
        timestep: Tensor = self._scheduler.timesteps[self._step]
        return timestep

    def model_input(self) -> Tensor:
        """The latents (1, channels, h, w), scaled to what the model expects at the next step."""
        scaled: Tensor = self._scheduler.scale_model_input(self.latents, self.timestep)
        return scaled

    def advance(self, prediction: Tensor) -> None:
        """Make one step with the prediction (1, channels, h, w), fp32, guidance applied, and tell of it."""
        latents, *denoised = self._scheduler.step(
            prediction, self.timestep, self.latents, return_dict=False, **self._extra
        )
        self._step += 1
        if self._origin is not None:
            latents = self._origin.put_back(latents, self._scheduler, None if self.done else self.timestep)
        self.latents = latents
        if self.ticket.request.on_step is not None:
            # Multistep schedulers keep their estimates of the finished picture, the others return it.
            estimate = denoised[0] if denoised else self._scheduler.model_outputs[-1]
            preview = partial(self.checkpoint.preview.picture, estimate)
            self.ticket.request.on_step(StepDone(self._step - self._first, self._last - self._first, preview))
