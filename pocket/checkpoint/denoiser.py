"""Trains a pocket checkpoint's UNet on cached latents, and its text towers along with it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn
from torch.nn import functional as F

from pocket.checkpoint.emphasis import LEAST, MOST, colour_told, shown, weighted
from pocket.checkpoint.fresh import FreshScenes
from pocket.checkpoint.latents import PIXELS_PER_LATENT
from pocket.checkpoint.prompts import Prompts
from pocket.checkpoint.twins import tells_apart, trace
from pocket.corpus import MAP_NAMES
from pocket.loop import Budget, train
from pocket.world.captions import caption

_UNCAPTIONED_SHARE = 0.1
_OBJECT_WEIGHT = 4.0
_FINE_WEIGHT = 8.0
_FINE_MAPS = [MAP_NAMES.index(name) for name in ("face", "hand")]
_PURE_SHARE = 0.1
_PURE_TIMESTEPS = (900, 1000)
_TWIN_SHARE = 0.2
_FIRST_START = 600
_WEIGHTED_SHARE = 0.3
_NOTHING_THERE = -3.5
"""The logit of what covers three cells in a hundred."""
_FROZEN_UNTIL = 0.2
_TEXT_RATE = 0.3
_AVERAGED_SHARE = 0.06
PEAK, HEADS_WEIGHT = 4e-4, 0.2
"""The highest learning rate and the first weight of the heads, for a UNet that knows nothing yet."""


def new_scheduler() -> DDIMScheduler:
    """Stable Diffusion's noise schedule, with v-prediction (Salimans and Ho, arXiv 2202.00512)."""
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        clip_sample=False,
        set_alpha_to_one=False,
        # Sampling starts where the noise is strongest, at the last timestep (arXiv 2305.08891).
        timestep_spacing="trailing",
        steps_offset=1,
    )


def _nothing_there(width: int) -> nn.Conv2d:
    """Give a head that says so whatever it reads, and so leaves a UNet that has learnt something as it is."""
    head = nn.Conv2d(width, len(MAP_NAMES), 1)
    nn.init.zeros_(head.weight)
    if head.bias is not None:
        nn.init.constant_(head.bias, _NOTHING_THERE)
    return head


class _Heads(nn.Module):
    """Read off the up-blocks' features what covers each cell: kinds, colours and parts of figures.

    In the way of REPA (arXiv 2410.06940), with the drawings' annotations in place of a pretrained encoder's
    features. Thrown away after training.
    """

    def __init__(self, unet: UNet2DConditionModel) -> None:
        super().__init__()
        widths = unet.config.block_out_channels[:-3:-1]
        self.convolutions = nn.ModuleList(_nothing_there(width) for width in widths)
        self._features: dict[int, Tensor] = {}
        self._hooks = [unet.up_blocks[i].register_forward_hook(self._keep(i)) for i in range(2)]

    def remove(self) -> None:
        """Leave the UNet as it was."""
        for hook in self._hooks:
            hook.remove()

    def _keep(self, i: int) -> Callable[[nn.Module, Any, Tensor], None]:
        def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
            self._features[i] = output

        return hook

    def loss(self, maps: Tensor) -> Tensor:
        """Give binary cross-entropies against maps (N, len(MAP_NAMES), H, W), 0 to 1, summed over them."""
        total = maps.new_zeros(())
        for i, convolution in enumerate(self.convolutions):
            read = convolution(self._features.pop(i))
            truth = F.adaptive_avg_pool2d(maps, read.shape[-2:])
            total = total + F.binary_cross_entropy_with_logits(read.float(), truth) * maps.shape[1]
        return total


@dataclass
class Average:
    """Moving average of modules' weights that reaches as far back as is fit for the steps made so far.

    Its memory is a fixed share of them, so that it neither lags behind a short training nor wastes a long one
    (power function averages, Karras et al., arXiv 2312.02696).
    """

    weights: dict[str, Tensor]

    @classmethod
    def of(cls, *modules: nn.Module) -> "Average":
        """Give an average that starts at the modules' present weights."""
        return cls(
            {
                f"{i}.{name}": weight.detach().clone()
                for i, module in enumerate(modules)
                for name, weight in module.named_parameters()
            }
        )

    def update(self, number: int, *modules: nn.Module) -> None:
        """Move towards the modules' weights as they are before step `number`."""
        self.approach(min(1.0, 1 / (_AVERAGED_SHARE * (number + 1))), *modules)

    @torch.no_grad()
    def approach(self, share: float, *modules: nn.Module) -> None:
        """Go this share of the way, 0 to 1, to the modules' present weights."""
        for i, module in enumerate(modules):
            for name, weight in module.named_parameters():
                self.weights[f"{i}.{name}"].lerp_(weight, share)

    @torch.no_grad()
    def copy_to(self, *modules: nn.Module) -> None:
        """Put the averages in the modules' place."""
        for i, module in enumerate(modules):
            for name, weight in module.named_parameters():
                weight.copy_(self.weights[f"{i}.{name}"])

    def state_dict(self) -> dict[str, Tensor]:
        """Give the averages by name."""
        return self.weights

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Take over averages of the same names."""
        for name, weight in state.items():
            self.weights[name].copy_(weight)


def inherit(unet: UNet2DConditionModel, parent: UNet2DConditionModel) -> None:
    """Take over, in place, every weight of another UNet that has the same name and shape.

    Projections into and out of attention are 1x1 convolutions in 1.x and linear layers later: those fit too.
    """
    theirs, ours = parent.state_dict(), unet.state_dict()
    for name, weight in ours.items():
        if name in theirs and theirs[name].squeeze().shape == weight.squeeze().shape:
            weight.copy_(theirs[name].reshape(weight.shape))


def starts_before(timesteps: Tensor, rng: torch.Generator) -> Tensor:
    """Draw lots for the timesteps at which pictures made from others began, and are at `timesteps` now.

    Image to image at middling strengths begins at _FIRST_START or later, and mostly it did so not long ago.
    """
    last = new_scheduler().config.num_train_timesteps - 1
    least = timesteps.clamp(min=_FIRST_START)
    later: Tensor = (last - least) * torch.rand(len(timesteps), generator=rng) ** 2
    return (least + later).long()


def cell_weights(maps: Tensor, signal: Tensor) -> Tensor:
    """Say how much each cell counts, (N, 1, C, C), 1 on average, where `signal` (N) is the clean share.

    Where there is little of that all count alike. Under noise nobody knows yet at which of several places a
    thing will be: if each counted more where the thing is, it would be more likely than not at all of them,
    and be drawn twice.
    """

    def near(chosen: Tensor) -> Tensor:
        return F.max_pool2d(chosen.amax(1, keepdim=True), 3, stride=1, padding=1)

    more = (_OBJECT_WEIGHT - 1) * near(maps) + (_FINE_WEIGHT - _OBJECT_WEIGHT) * near(maps[:, _FINE_MAPS])
    weights = 1 + more * signal[:, None, None, None]
    return weights / weights.mean((1, 2, 3), keepdim=True)


def train_denoiser(
    unet: UNet2DConditionModel,
    prompts: Prompts,
    scenes: FreshScenes,
    path: Path,
    budget: Budget,
    batch: int,
    half: bool = False,
    peak: float = PEAK,
    heads_weight: float = HEADS_WEIGHT,
) -> None:
    """Train the UNet, with the text towers frozen at first and then along with it, at a lower rate; in place.

    Five things stand beside the plain squared error of v. It counts more in and around what is drawn on the
    background, and most in faces and hands, which are small and looked at first, where they can be made out
    under the noise. Some inputs are noise and nothing else: the schedule never gets there, but sampling
    starts there (arXiv 2305.08891), and whoever always sees a trace of the background need not read about it.
    Others have the trace of a twin in their noise (`twins`), of which the caption says otherwise, or a colour
    in the caption has a weight, and shows as much as that (`emphasis`). And the up-blocks must show what
    covers each cell, a demand that fades to nothing. In the end all weights are their averages over the last
    steps.

    `peak` is the highest learning rate, and `heads_weight` what the last demand counts at first.

    Every timestep comes as often as any other. Fewer of those with little noise, as min-SNR weights (arXiv
    2303.09556) would have it, left latents as fine as these covered in specks.

    `half` has matrices multiplied in bfloat16, which takes two thirds of the time on processors that have
    instructions for it, and many times as long on others.
    """
    device, scheduler = unet.device, new_scheduler()
    unet.to(memory_format=torch.channels_last)
    if half:
        # Fused attention is slow in bfloat16 on a CPU: without it, a step takes a fifth less.
        unet.set_attn_processor(AttnProcessor())
    heads = _Heads(unet).to(device)
    prompts.requires_grad_(True)
    average = Average.of(unet, prompts)
    optimiser = torch.optim.AdamW(
        [
            {"params": [*unet.parameters(), *heads.parameters()], "peak": peak},
            {"params": list(prompts.parameters()), "peak": peak * _TEXT_RATE},
        ],
        betas=(0.9, 0.99),
        weight_decay=0.01,
        fused=True,
    )

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        average.update(number, unet, prompts)
        lots, noise_rng = Random(number), torch.Generator().manual_seed(number)
        chosen, clean, maps, twins, others = scenes.batch(batch, lots)
        size = clean.shape[-1] * PIXELS_PER_LATENT, clean.shape[-2] * PIXELS_PER_LATENT
        captions = [caption(scene, lots) for scene in chosen]
        captions = ["" if lots.random() < _UNCAPTIONED_SHARE else text for text in captions]
        weights = {
            place: (word, lots.uniform(LEAST, MOST))
            for place, word in enumerate(map(colour_told, captions, chosen, twins))
            if word and lots.random() < _WEIGHTED_SHARE
        }
        for place, (_, weight) in weights.items():
            clean[place] = shown(clean[place], others[place], weight)
        noise = torch.randn(clean.shape, generator=noise_rng)
        timesteps = torch.randint(scheduler.config.num_train_timesteps, (len(chosen),), generator=noise_rng)
        pure = torch.rand(len(chosen), generator=noise_rng) < _PURE_SHARE
        timesteps[pure] = torch.randint(*_PURE_TIMESTEPS, (int(pure.sum()),), generator=noise_rng)
        told = [tells_apart(*each) for each in zip(captions, chosen, twins, strict=True)]
        twinned = torch.tensor(told) & (torch.rand(len(chosen), generator=noise_rng) < _TWIN_SHARE) & ~pure
        starts = scheduler.alphas_cumprod[starts_before(timesteps, noise_rng)]
        noise = noise + trace(clean, others, starts) * twinned[:, None, None, None]
        noisy = scheduler.add_noise(clean, noise, timesteps)
        noisy = torch.where(pure[:, None, None, None], noise, noisy).to(device)
        velocity = scheduler.get_velocity(clean, noise, timesteps).to(device)
        maps = maps.to(device)

        with torch.autocast(unet.device.type, torch.bfloat16, enabled=half):
            with torch.set_grad_enabled(progress >= _FROZEN_UNTIL):
                conditions = weighted(prompts, captions, weights, size)
            predicted = unet(noisy, timesteps.to(device), **conditions).sample.float()
            read = heads.loss(maps)
        signal = scheduler.alphas_cumprod[timesteps].where(~pure, 0.0).to(device)
        squared = F.mse_loss(predicted, velocity, reduction="none")
        error = (squared * F.interpolate(cell_weights(maps, signal), clean.shape[-2:])).mean()
        loss = error + heads_weight * (1 - progress) * read
        return loss, {"error": error.detach(), "heads": read.detach()}

    parts = {"unet": unet, "heads": heads, "prompts": prompts, "average": average}
    train(parts, optimiser, step, budget, path)
    average.copy_to(unet, prompts)
    heads.remove()
    unet.set_default_attn_processor()
