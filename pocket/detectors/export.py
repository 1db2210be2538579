"""Writes the bare-figure detector as ONNX for moderation: `python -m pocket.detectors.export`."""

import argparse
import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn

import moderation
from gpuworker.models.yolo import Yolo
from pocket.detectors.train import FIGURES
from pocket.detectors.truth import LABELS

BARE = Path(moderation.__file__).parent / "data" / "bare.onnx"
"""The detector that moderation looks through."""
_OPSET = 17


class _BareTorso(nn.Module):
    """The figures' detector without its other labels: (1, 3, 128, 128) to (1, 5, N)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.network(images)
        label = 4 + LABELS.index("bare torso")
        return torch.cat([found[:, :4], found[:, label : label + 1]], 1)


def export_bare(figures: Path = FIGURES, target: Path = BARE) -> str:
    """Write the ONNX and give its SHA-256, to be pinned in `moderation/findings.py`."""
    yolo = Yolo.load(figures)
    yolo.network.fuse(verbose=False)
    yolo.network.model[-1].export = True
    pictures = torch.zeros(1, 3, yolo.image_size, yolo.image_size)
    # The newer exporter needs a further package and gives the same network.
    torch.onnx.export(
        _BareTorso(yolo.network).eval(),
        (pictures,),
        target,
        input_names=["images"],
        output_names=["found"],
        opset_version=_OPSET,
        dynamo=False,
    )
    return hashlib.sha256(target.read_bytes()).hexdigest()


def main() -> None:
    """Write the file and print its checksum."""
    parser = argparse.ArgumentParser(prog="python -m pocket.detectors.export", description=__doc__)
    parser.add_argument("--figures", type=Path, default=FIGURES, help="the detector of figures")
    parser.add_argument("--onnx", type=Path, default=BARE, help="file to write")
    args = parser.parse_args()
    print(export_bare(args.figures, args.onnx))  # noqa: T201


if __name__ == "__main__":
    main()
