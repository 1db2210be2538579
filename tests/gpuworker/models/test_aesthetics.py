"""LAION's aesthetic predictors, in the layouts in which they are published."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.aesthetics import Aesthetics
from gpuworker.models.lazy import lazy_aesthetics
from gpuworker.registry import entry_of
from storage.settings import Settings

WIDTHS = (768, 1024, 128, 64, 16, 1)


def layers(*widths: int, numbers: tuple[int, ...] = (0, 2, 4, 6, 7)) -> dict[str, Tensor]:
    torch.manual_seed(1)
    tensors = {}
    for number, (inputs, outputs) in zip(numbers, pairwise(widths), strict=True):
        tensors[f"layers.{number}.weight"] = torch.randn(outputs, inputs) / inputs**0.5
        tensors[f"layers.{number}.bias"] = torch.randn(outputs)
    return tensors


def saved(folder: Path, tensors: dict[str, Tensor]) -> Path:
    save_file(tensors, folder / "model.safetensors")
    return folder / "model.safetensors"


def test_the_second_predictor_is_its_layers_one_after_another(tmp_path: Path) -> None:
    tensors = layers(*WIDTHS)
    network = torch.nn.Sequential(*(torch.nn.Linear(a, b) for a, b in pairwise(WIDTHS)))
    names = list(enumerate((0, 2, 4, 6, 7)))
    network.load_state_dict(
        {f"{i}.{kind}": tensors[f"layers.{n}.{kind}"] for i, n in names for kind in ("weight", "bias")}
    )
    head = Aesthetics.load(saved(tmp_path, tensors), "v2")
    vectors = torch.nn.functional.normalize(torch.randn(3, 768), dim=1)
    assert head.width == 768
    assert torch.allclose(head.score(vectors), network(vectors)[:, 0], atol=1e-5)


def test_the_first_predictor_is_one_layer(tmp_path: Path) -> None:
    head = Aesthetics.load(
        saved(tmp_path, {"weight": torch.ones(1, 768).half(), "bias": torch.tensor([5.0]).half()}), "v1"
    )
    assert head.score(torch.full((2, 768), 0.001)).tolist() == pytest.approx([5.768] * 2, abs=1e-3)


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        (layers(*WIDTHS, numbers=(0, 3, 6, 9, 11)), "is no aesthetic predictor"),
        ({"weight": torch.ones(1, 8)}, "is no aesthetic predictor"),
        ({"weight": torch.ones(2, 8), "bias": torch.ones(2)}, "do not fit"),
        (layers(*WIDTHS) | {"layers.2.bias": torch.ones(3)}, "do not fit"),
        (layers(*WIDTHS) | {"layers.2.weight": torch.ones(128, 8)}, "do not fit"),
        ({"weight": torch.ones(1), "bias": torch.ones(1)}, "do not fit"),
    ],
)
def test_another_model_is_a_sentence(tmp_path: Path, tensors: dict[str, Tensor], said: str) -> None:
    with pytest.raises(CheckpointError, match=said) as error:
        Aesthetics.load(saved(tmp_path, tensors), "mine")
    assert "model.safetensors" in str(error.value)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "sa_0_4_vit_l_14_linear.pth").write_bytes(b"cos\nsystem\n")
    with pytest.raises(CheckpointError, match="can run any program"):
        Aesthetics.load(tmp_path / "sa_0_4_vit_l_14_linear.pth", "v1")


def test_another_clip_is_named(tmp_path: Path) -> None:
    head = Aesthetics.load(saved(tmp_path, layers(*WIDTHS)), "laion-aesthetics")
    with pytest.raises(CheckpointError, match=r"768 numbers.* makes 128: set DARKROOM_CLIP .*clip-vit-l-14"):
        head.score(torch.zeros(1, 128))


def test_there_is_one_where_it_was_chosen_and_fetched(tmp_path: Path) -> None:
    assert lazy_aesthetics(Settings(home=tmp_path)) is None
    settings = Settings(home=tmp_path, aesthetics="laion-aesthetics")
    chosen = lazy_aesthetics(settings)
    assert chosen is not None
    with pytest.raises(CheckpointError, match="missing"):
        chosen.get()
    file = entry_of("laion-aesthetics", settings).first_file_place(settings)
    file.parent.mkdir(parents=True)
    saved(file.parent, layers(*WIDTHS))
    assert chosen.get().name == "laion-aesthetics"
