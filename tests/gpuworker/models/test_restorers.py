"""Restoring faces: what a network is given and gives, and names that stand for no such network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from spandrel.architectures.Compact import Compact

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.restorers import Restorer, Restorers
from storage.settings import Settings


class Mirroring(torch.nn.Module):
    """Answers as GFPGAN and CodeFormer do: the picture first, from -1 to 1, and then what else there is."""

    def forward(self, face: torch.Tensor) -> tuple[torch.Tensor, None]:
        assert face.shape == (1, 3, 512, 512)
        assert face.min() < -0.5
        assert face.max() > 0.5
        return face.flip(3) + 0.001 * torch.randn_like(face), None


class Network:
    device, dtype, model = torch.device("cpu"), torch.float32, Mirroring()


def test_a_face_is_restored_in_its_own_size_and_colours_and_always_alike() -> None:
    face = Image.new("RGB", (96, 96), (220, 30, 35))
    face.paste((10, 60, 240), (0, 0, 48, 96))
    network: Any = Network()
    restorer = Restorer(network)
    restored = restorer.restore(face)
    assert np.abs(np.asarray(restored).astype(int) - np.asarray(face)[:, ::-1]).mean() < 2
    assert restored.tobytes() == restorer.restore(face).tobytes()


def test_a_name_that_stands_for_no_restorer_is_one_sentence(tmp_path: Path) -> None:
    restorers = Restorers(Settings(home=tmp_path), "cpu")
    for name, said in (("nobody", "No model is called"), ("sdxl", "of kind checkpoint"), ("gfpgan", "fetch")):
        with pytest.raises(CheckpointError, match=said):
            restorers.get(name)


def test_an_upscaler_in_its_place_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    file = settings.models_folder / "gfpgan" / "GFPGANv1.4.pth"
    file.parent.mkdir(parents=True)
    torch.save(Compact(num_feat=8, num_conv=1).state_dict(), file)
    with pytest.raises(CheckpointError, match="for super-resolution: choose one for faces"):
        Restorers(settings, "cpu").get("gfpgan")
