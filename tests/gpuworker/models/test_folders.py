"""Models of the transformers library are loaded from folders, and what is wrong with a folder is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPModel, CLIPSegForImageSegmentation, CLIPSegProcessor

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.folders import load_model, load_processor
from gpuworker.models.word_masks import WordMasks
from tests.gpuworker.models.clip_folders import write_clip, write_clipseg


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_clipseg(tmp_path / "clipseg")
    return tmp_path / "clipseg"


def test_a_model_has_all_of_its_weights_and_is_for_use_only(tmp_path: Path) -> None:
    write_clip(tmp_path)
    shards = sorted(tmp_path.glob("model-*.safetensors"))
    assert len(shards) > 1
    model = load_model(CLIPModel, tmp_path, "cpu")
    assert not model.training
    assert not any(weight.requires_grad for weight in model.parameters())
    written = {name: tensor for shard in shards for name, tensor in load_file(shard).items()}
    loaded = model.state_dict()
    assert written.keys() <= loaded.keys()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in written.items())


def test_half_precision_is_widened_for_the_cpu(folder: Path) -> None:
    file = folder / "model.safetensors"
    save_file({name: tensor.half() for name, tensor in load_file(file).items()}, file, {"format": "pt"})
    assert load_model(CLIPSegForImageSegmentation, folder, "cpu").dtype is torch.float32


def test_a_processor_knows_words_and_sizes(folder: Path) -> None:
    processor = load_processor(CLIPSegProcessor, folder)
    assert processor.tokenizer("cat").input_ids != processor.tokenizer("dog").input_ids
    assert processor.image_processor.size["height"] == 28


def _other_kind(folder: Path) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"model_type": "bert"}))


def _no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def _cut_off(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])


def _without_a_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["decoder.film_mul.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def _pickle_only(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _no_tokenizer(folder: Path) -> None:
    for file in [*folder.glob("tokenizer*"), *folder.glob("vocab*"), *folder.glob("merges*")]:
        file.unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_other_kind, "type 'bert': choose one of type 'clipseg'"),
        (_no_config, "config.json is missing"),
        (_cut_off, "cut off"),
        (_without_a_tensor, "lacks weights, decoder.film_mul.weight"),
        (_pickle_only, "safetensors"),
        (_no_tokenizer, "lacks its tokenizer"),
    ],
)
def test_a_spoilt_folder_is_named_and_refused(folder: Path, spoil: Callable[[Path], None], said: str) -> None:
    spoil(folder)
    with pytest.raises(CheckpointError, match=said) as raised:
        WordMasks.load(folder)
    assert str(folder) in str(raised.value)
