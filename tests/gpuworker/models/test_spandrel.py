"""Models from pictures to pictures: what is loaded for a purpose, and what is refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from spandrel.architectures.Compact import Compact

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.spandrel import load_network
from pocket import CHECKPOINT
from pocket.upscaler.train import UPSCALER


def test_a_network_is_for_use_only() -> None:
    network = load_network(UPSCALER, "SR", "cpu")
    assert (network.scale, network.dtype) == (4, torch.float32)
    assert not network.model.training
    assert not any(weight.requires_grad for weight in network.model.parameters())


class Trap:
    """What a pickle can be: opening it creates a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.file,)


def _pickle_with_code(folder: Path) -> Path:
    torch.save({"params": Trap(folder / "sprung")}, folder / "trap.pth")
    return folder / "trap.pth"


def _old_pickle_with_code(folder: Path) -> Path:
    (folder / "trap.pth").write_bytes(pickle.dumps(Trap(folder / "sprung")))
    return folder / "trap.pth"


def _cut_off(folder: Path) -> Path:
    (folder / "half.safetensors").write_bytes(UPSCALER.read_bytes()[:100_000])
    return folder / "half.safetensors"


def _cut_off_pth(folder: Path) -> Path:
    torch.save(Compact(num_feat=8, num_conv=1).state_dict(), folder / "whole.pth")
    (folder / "half.pth").write_bytes((folder / "whole.pth").read_bytes()[:4000])
    return folder / "half.pth"


def _pointer(folder: Path) -> Path:
    (folder / "pointer.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    return folder / "pointer.safetensors"


def _without_a_tensor(folder: Path) -> Path:
    tensors = load_file(UPSCALER)
    del tensors["body.4.weight"]
    save_file(tensors, folder / "lost.safetensors")
    return folder / "lost.safetensors"


def _autoencoder(folder: Path) -> Path:
    return CHECKPOINT / "vae" / "diffusion_pytorch_model.safetensors"


def _restoration(folder: Path) -> Path:
    save_file(Compact(num_feat=8, num_conv=1, upscale=1).state_dict(), folder / "denoise.safetensors")
    return folder / "denoise.safetensors"


def _grey(folder: Path) -> Path:
    network = Compact(num_in_ch=1, num_out_ch=1, num_feat=8, num_conv=1)
    save_file(network.state_dict(), folder / "grey.safetensors")
    return folder / "grey.safetensors"


def _picture(folder: Path) -> Path:
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder / "picture.png"


def _nothing(folder: Path) -> Path:
    return folder / "missing.pth"


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (_pickle_with_code, "convert it to safetensors"),
        (_old_pickle_with_code, "convert it to safetensors"),
        (_cut_off, "cut off"),
        (_cut_off_pth, "cut off"),
        (_pointer, "git lfs pull"),
        (_without_a_tensor, "lacks"),
        (_autoencoder, "super-resolution"),
        (_restoration, "restoring pictures"),
        (_grey, "colour"),
        (_picture, "neither"),
        (_nothing, "missing"),
    ],
)
def test_what_is_no_upscaler_is_named_and_refused(
    tmp_path: Path, write: Callable[[Path], Path], said: str
) -> None:
    file = write(tmp_path)
    with pytest.raises(CheckpointError, match=said) as raised:
        load_network(file, "SR", "cpu")
    assert str(raised.value).startswith(str(file))
    assert not (tmp_path / "sprung").exists()
