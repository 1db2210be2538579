"""Makes of a checkpoint one that fills masks: `python -m pocket.checkpoint.filling`.

None ships: it is for comparing the two ways to fill a mask (`python -m tests.benchmarks.filling`).
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from pocket import CHECKPOINT
from pocket.checkpoint.denoiser import new_scheduler
from pocket.checkpoint.export import Parts, export, load_parts
from pocket.checkpoint.latents import PIXELS_PER_LATENT
from pocket.checkpoint.prompts import OneTower
from pocket.commands import begin_training, training_parser
from pocket.loop import Budget, train
from pocket.tensors import to_tensor
from pocket.world.captions import caption
from pocket.world.drawing import Box, Drawing, draw
from pocket.world.scene import training_scene

_UNCAPTIONED_SHARE = 0.1
_ALL_SHARE = 0.1
"""All is masked: from words alone such a checkpoint draws, too."""
_KEPT, _FRESH = 2000, 4
_PEAK = 4e-4

Mask = NDArray[np.bool_]
"""(height, width), true where a picture is to be filled."""


def filling_unet(unet: UNet2DConditionModel) -> UNet2DConditionModel:
    """Give one that takes a mask and the masked picture's latents, too, and does not heed them yet."""
    channels = unet.config.in_channels
    wider = UNet2DConditionModel.from_config({**unet.config, "in_channels": 2 * channels + 1})
    weights = unet.state_dict()
    first = torch.zeros_like(wider.conv_in.weight)
    first[:, :channels] = weights["conv_in.weight"]
    wider.load_state_dict({**weights, "conv_in.weight": first})
    return wider


def random_mask(drawing: Drawing, lots: Random) -> Mask:
    """Mask by lots a box, somebody or something with what is around it, a border, or seldom all."""
    height, width, _ = drawing.pixels.shape
    if lots.random() < _ALL_SHARE:
        return np.ones((height, width), np.bool_)
    shown = [each.box for each in drawing.annotations] + [each.box for each in drawing.figures]
    kind = lots.choice(("box", "thing", "thing", "border"))
    if kind == "thing" and shown:
        return within(lots.choice(shown), (width, height), lots.randint(2, 12))
    if kind == "border":
        side, share = lots.randrange(4), lots.uniform(0.2, 0.5)
        mask = np.zeros((height, width), np.bool_)
        np.rot90(mask, side)[: round(share * height)] = True
        return mask
    across, down = (round(lots.uniform(0.2, 0.7) * side) for side in (width, height))
    left, top = lots.randint(0, width - across), lots.randint(0, height - down)
    return within((left, top, left + across, top + down), (width, height), 0)


def within(box: Box, size: tuple[int, int], margin: int) -> Mask:
    """Mask a box with a margin, in pixels, of a picture of this width and height."""
    left, top, right, bottom = box
    mask = np.zeros(size[::-1], np.bool_)
    mask[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin] = True
    return mask


def train_filling(
    parts: Parts, folder: Path, budget: Budget, device: str, batch: int = 12
) -> UNet2DConditionModel:
    """Train it on fresh drawings to predict under masks as well, by what is around them and the caption.

    As Rombach et al. (arXiv 2112.10752) made theirs: all else goes on as it was trained before.
    """
    unet = filling_unet(parts.unet).to(device, memory_format=torch.channels_last)
    vae = parts.vae.to(device).requires_grad_(False)
    prompts = OneTower(parts.towers, parts.tokenizers).to(device).requires_grad_(False)
    scheduler, kept = new_scheduler(), deque[Drawing](maxlen=_KEPT)
    optimiser = torch.optim.AdamW([{"params": list(unet.parameters()), "peak": _PEAK}], weight_decay=0.0)

    def encoded(pictures: Tensor) -> Tensor:
        with torch.no_grad():
            found: Tensor = vae.encode(pictures).latent_dist.mean * vae.config.scaling_factor
        return found

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        lots, noise_rng = Random(number), torch.Generator().manual_seed(number)
        fresh = batch if len(kept) < batch else _FRESH
        kept.extend(draw(training_scene(lots), lots.getrandbits(32)) for _ in range(fresh))
        chosen = [kept[-1 - i] for i in range(fresh)] + [lots.choice(kept) for _ in range(batch - fresh)]
        captions = ["" if lots.random() < _UNCAPTIONED_SHARE else caption(d.scene, lots) for d in chosen]
        pixels = to_tensor(np.stack([drawing.pixels for drawing in chosen])).to(device)
        masks = np.stack([random_mask(drawing, lots) for drawing in chosen])
        masked = torch.from_numpy(masks).to(device)[:, None]
        clean = encoded(pixels)
        cells = F.max_pool2d(masked.float(), PIXELS_PER_LATENT)
        canvas = torch.cat([cells, encoded(pixels.masked_fill(masked, 0.0))], dim=1)
        noise = torch.randn(clean.shape, generator=noise_rng).to(device)
        timesteps = torch.randint(1000, (batch,), generator=noise_rng).to(device)
        noisy = scheduler.add_noise(clean, noise, timesteps)
        predicted = unet(torch.cat([noisy, canvas], dim=1), timesteps, **prompts(captions)).sample
        loss = F.mse_loss(predicted, scheduler.get_velocity(clean, noise, timesteps))
        return loss, {"loss": loss.detach()}

    trained: dict[str, Any] = {"unet": unet}
    train(trained, optimiser, step, budget, folder / "filling.pt")
    return unet.cpu()


def main() -> None:
    """Train for the rest of the minutes and write the checkpoint."""
    weights = Path("pictures") / "pocket-filling"
    parser = training_parser("pocket.checkpoint.filling", __doc__, minutes=12, weights=weights)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    args = parser.parse_args()
    begin_training()
    parts = load_parts(args.checkpoint)
    unet = train_filling(parts, args.out, Budget(args.minutes), args.device)
    prompts = OneTower(parts.towers, parts.tokenizers).cpu()
    export(args.weights, parts.vae.cpu(), prompts, unet, new_scheduler(), parts.preview)


if __name__ == "__main__":
    main()
