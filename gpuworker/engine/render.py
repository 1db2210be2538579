"""A request while it is being rendered: its latents, its scheduler, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.composition import Composition
from gpuworker.engine.conditioning import Conditioning, conditioning_by_step, on_canvas
from gpuworker.engine.embeddings import Vocabulary
from gpuworker.engine.errors import RenderError
from gpuworker.engine.inversion import Inversion
from gpuworker.engine.noise import draw
from gpuworker.engine.origin import Origin
from gpuworker.engine.request import StepDone
from gpuworker.engine.samplers import draws_noise, make_step, new_scheduler
from gpuworker.engine.ticket import Ticket
from gpuworker.engine.transfer import to_device
from moderation.told import Told
from storage.jobs import steps_made
from storage.weighting import Weighting


@dataclass(frozen=True, slots=True)
class ModelInput:
    """What the model predicts from at one step.

    `latents` (1, channels, h, w) are scaled to what the model expects at `timestep`, a scalar, fp32, on their
    device; `composition` is the picture's own. An edited picture has two: the target, and behind it its
    source, which `is_source`.
    """

    latents: Tensor
    timestep: Tensor
    conditioning: Conditioning
    composition: Composition
    is_source: bool = False


class Render:
    """The state of one picture between steps: latents (1, channels, h, w), fp32, on the checkpoint's device.

    A picture that it starts from is read in tiles of `tile` cells a side, or whole. Raises `RenderError` when
    the checkpoint cannot draw the prompt or the size asked for.
    """

    def __init__(
        self, ticket: Ticket, checkpoint: Checkpoint, vocabulary: Vocabulary, tile: int | None
    ) -> None:
        request, model = ticket.request, checkpoint.model
        self.ticket = ticket
        self.checkpoint = checkpoint
        self._conditioning = conditioning_by_step(request, checkpoint, vocabulary, request.prompt)
        sums = request.sums_parts or request.weighting is Weighting.A1111
        self._composition, self._source_composition = Composition(sums), Composition(sums)
        side = model.pixels_per_latent
        self._refuse_what_is_not_drawn()
        shape = (1, model.latent_channels, request.height // side, request.width // side)
        noise, generator = draw(request.noise, shape, side)
        self._generator = generator if draws_noise(request.sampler) else None
        noise = to_device(noise, checkpoint.device)
        start, steps = request.start, request.steps
        self._first = self._step = 0 if start is None else steps - steps_made(steps, start.strength)
        self._scheduler = new_scheduler(request.sampler, checkpoint.scheduler_config, steps, self._first)
        self._last = len(self._scheduler.timesteps)
        self._timesteps_there = to_device(self._scheduler.timesteps.float(), checkpoint.device)
        self._origin = None if start is None else Origin(start, noise, checkpoint, tile)
        if self._origin is None:
            self.latents = noise * self._scheduler.init_noise_sigma
        else:
            self.latents = self._origin.begin(self._scheduler, self.timestep)
        self._inversion = None
        if start is not None and self._origin is not None and start.shows is not None:
            self._source_conditioning = conditioning_by_step(request, checkpoint, vocabulary, start.shows)
            scheduler = new_scheduler(request.sampler, checkpoint.scheduler_config, steps, self._first)
            self._inversion = Inversion(self._origin.latents, noise, self.latents, scheduler)
        elif start is not None and start.mask is not None and self._origin is not None and model.fills_masks:
            canvas = self._origin.canvas(start.picture, start.mask, checkpoint, tile)
            self._conditioning = on_canvas(self._conditioning, canvas)

    def _refuse_what_is_not_drawn(self) -> None:
        """Raise `RenderError` for what the checkpoint cannot draw."""
        request, model = self.ticket.request, self.checkpoint.model
        side = model.pixels_per_latent
        if request.width % side or request.height % side:
            raise RenderError(
                Told(
                    "{checkpoint} draws in multiples of {side} pixels: choose such a size.",
                    checkpoint=self.checkpoint.name,
                    side=side,
                )
            )
        if self.is_seamless and "unet" not in model.networks:
            raise RenderError(
                Told(
                    "{checkpoint} cannot draw seamless tiles: leave that out, or choose another checkpoint.",
                    checkpoint=self.checkpoint.name,
                )
            )

    def model_inputs(self) -> list[ModelInput]:
        """Give what the model has to predict from for the next step."""
        conditioning, inversion = self._conditioning[self._step], self._inversion
        latents: Tensor = self._scheduler.scale_model_input(self.latents, self.timestep)
        there = self._timesteps_there[self._step]
        if inversion is None:
            return [ModelInput(latents, there, conditioning, self._composition)]
        source = self._source_conditioning[self._step]
        if not inversion.disagreement.is_found:
            noised, timestep = inversion.disagreement.model_input()
            return [
                ModelInput(noised, timestep, conditioning.unguided, self._composition),
                ModelInput(noised, timestep, source.unguided, self._source_composition, is_source=True),
            ]
        known = inversion.model_input(self.timestep)
        return [
            ModelInput(latents, there, conditioning, self._composition),
            ModelInput(known, there, source, self._source_composition, is_source=True),
        ]

    @property
    def is_seamless(self) -> bool:
        """Tell whether its opposite borders shall fit each other."""
        return self.ticket.request.seamless and self.ticket.request.start is None

    @property
    def rows(self) -> int:
        """Count the rows of a forward pass that the picture takes at the next step."""
        conditionings = (
            [self._conditioning]
            if self._inversion is None
            else [self._conditioning, self._source_conditioning]
        )
        return sum(each[self._step].rows for each in conditionings)

    @property
    def done(self) -> bool:
        """Tell whether all steps are made."""
        return self._step == self._last

    @property
    def timestep(self) -> Tensor:
        """Give the timestep of the next step, a scalar on the CPU."""
        timestep: Tensor = self._scheduler.timesteps[self._step]
        return timestep

    def finish(self, drawn: Image.Image) -> Image.Image:
        """Give the finished picture, of what the autoencoder has drawn."""
        start = self.ticket.request.start
        if start is None or self._inversion is None:
            return drawn
        return self._inversion.put_back(start.picture, drawn)

    def draw_noise(self) -> Tensor | None:
        """Draw the noise (1, channels, h, w) that the next step adds, on the CPU; None if it adds none."""
        if self._generator is None or (self._inversion and not self._inversion.disagreement.is_found):
            return None
        return torch.randn(self.latents.shape, generator=self._generator)

    def advance(self, prediction: Tensor, noise: Tensor | None = None) -> None:
        """Make one step with the prediction (1, channels, h, w), fp32, guidance applied, and tell of it.

        `noise` is what `draw_noise` gave, on the device. Before the first step, edited pictures are only
        looked at.
        """
        if self._inversion is not None:
            if not self._inversion.disagreement.is_found:
                self._inversion.disagreement.take(prediction)
                return
            prediction = prediction + self._inversion.advance(self.timestep, noise)
        latents, *denoised = make_step(self._scheduler, prediction, self.timestep, self.latents, noise)
        self._step += 1
        if self._origin is not None:
            latents = self._origin.put_back(latents, self._scheduler, None if self.done else self.timestep)
        if self._inversion is not None:
            latents = self._inversion.hold(latents)
            latents = self._inversion.landed(latents) if self.done else latents
        self.latents = latents
        if self.ticket.request.on_step is not None:
            # Multistep schedulers keep their estimates of the finished picture, the others return it.
            estimate = denoised[0] if denoised else self._scheduler.model_outputs[-1]
            preview = partial(self.checkpoint.preview.picture, estimate)
            self.ticket.request.on_step(StepDone(self._step - self._first, self._last - self._first, preview))
