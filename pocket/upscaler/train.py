"""Trains the pocket upscaler from nothing: `python -m pocket.upscaler.train`."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from spandrel.architectures.Compact import Compact
from torch import Tensor, nn
from torch.nn import functional as F

from pocket import WEIGHTS
from pocket.commands import begin_training, training_parser
from pocket.loop import Budget, train
from pocket.upscaler.pairs import SCALE, draw_pairs

UPSCALER = WEIGHTS / "upscaler" / "pocket-x4.safetensors"
"""The upscaler that ships with the package."""
_SQUARED_WEIGHT = 8.0
_PRELU_SLOPE = 0.25


def new_upscaler() -> Compact:
    """realesr-general-x4v3's architecture, SRVGGNetCompact, at half of its width and a quarter of its depth.

    Begins with weights after He et al. (arXiv 1502.01852), which keep a signal's size through all layers,
    and with little to add to blocks of equal pixels. A hundred steps from there get further than three
    hundred from torch's own.
    """
    upscaler = Compact(num_feat=32, num_conv=8, upscale=SCALE)
    convolutions = [layer for layer in upscaler.modules() if isinstance(layer, nn.Conv2d)]
    for convolution in convolutions:
        assert convolution.bias is not None
        nn.init.kaiming_normal_(convolution.weight, a=_PRELU_SLOPE)
        nn.init.zeros_(convolution.bias)
    with torch.no_grad():
        convolutions[-1].weight *= 0.1
    return upscaler


def _edges(pictures: Tensor) -> Tensor:
    """Differences between neighbours, to the right and down, as channels (N, 6, H - 1, W - 1)."""
    here = pictures[..., :-1, :-1]
    return torch.cat([pictures[..., :-1, 1:] - here, pictures[..., 1:, :-1] - here], dim=1)


def train_upscaler(folder: Path, budget: Budget, device: str) -> Compact:
    """Minimise squared errors, and more and more the absolute errors of pixels and of edges, which sharpen.

    Absolute errors alone get nowhere: blocks of equal pixels, which the architecture begins with, are a local
    minimum of theirs. No adversary: in a drawn world the sharp edge is the likeliest one.
    """
    upscaler = new_upscaler().to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        [{"params": list(upscaler.parameters()), "peak": 3e-3}],
        betas=(0.9, 0.99),
        weight_decay=0.0,
        fused=True,
    )

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        small, large = (pictures.to(device) for pictures in draw_pairs(number))
        made = upscaler(small)
        squared = F.mse_loss(made, large)
        pixels, edges = F.l1_loss(made, large), F.l1_loss(_edges(made), _edges(large))
        loss = _SQUARED_WEIGHT * squared + progress * (pixels + edges)
        shown = {"dB": -10 * torch.log10(squared), "pixels": pixels, "edges": edges}
        return loss, {name: value.detach() for name, value in shown.items()}

    train({"upscaler": upscaler}, optimiser, step, budget, folder / "upscaler.pt")
    return upscaler.eval()


def save_upscaler(upscaler: Compact, path: Path = UPSCALER) -> None:
    """Keep the weights in half precision, under the names that Real-ESRGAN's own files have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: weight.half().contiguous().cpu() for name, weight in upscaler.state_dict().items()}, path
    )


def main() -> None:
    """Train for the rest of the minutes, on from where an earlier run was stopped, and write the weights."""
    parser = training_parser("pocket.upscaler.train", __doc__, minutes=15, weights=UPSCALER)
    args = parser.parse_args()
    begin_training()
    save_upscaler(train_upscaler(args.out, Budget(args.minutes), args.device), args.weights)


if __name__ == "__main__":
    main()
