"""CLIP and CLIPSeg from folders laid out like the big ones, and folders that hold something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    CLIPSegConfig,
    CLIPSegForImageSegmentation,
    CLIPSegProcessor,
    ViTImageProcessor,
)

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.clip import Clip
from gpuworker.models.word_masks import WordMasks
from tests.gpuworker.tiny import new_tokenizer, new_tower

VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
    "projection_dim": 24,
}


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ViT-L/14's layout, with the weights in shards."""
    folder, tokenizer = tmp_path_factory.mktemp("clip"), new_tokenizer()
    text = new_tower(tokenizer).to_dict() | {"projection_dim": 24}
    torch.manual_seed(1)
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=VISION, projection_dim=24))
    model.save_pretrained(folder, max_shard_size="50KB")
    size = {"shortest_edge": 28}
    CLIPProcessor(CLIPImageProcessor(size=size, crop_size=28), tokenizer).save_pretrained(folder)
    return folder


@pytest.fixture
def masks_folder(tmp_path: Path) -> Path:
    """clipseg-rd64-refined's layout."""
    folder, tokenizer = tmp_path / "clipseg", new_tokenizer()
    text = new_tower(tokenizer).to_dict() | {"projection_dim": 24}
    config = CLIPSegConfig(
        text_config=text,
        vision_config=VISION,
        projection_dim=24,
        extract_layers=(0, 1, 2),
        reduce_dim=8,
        decoder_intermediate_size=16,
        decoder_num_attention_heads=2,
    )
    torch.manual_seed(1)
    CLIPSegForImageSegmentation(config).save_pretrained(folder)
    size = {"height": 28, "width": 28}
    CLIPSegProcessor(ViTImageProcessor(size=size), tokenizer).save_pretrained(folder)
    return folder


def pictures(count: int) -> list[Image.Image]:
    """Noise of several shapes and modes."""
    rng = np.random.default_rng(1)
    made = []
    for i in range(count):
        shape = (30 + 7 * i, 60 - 3 * i, 3)
        made.append(Image.fromarray(rng.integers(0, 256, shape, np.uint8)))
    return [picture.convert("RGBA") if i % 2 else picture for i, picture in enumerate(made)]


def test_vectors_have_length_one_and_do_not_depend_on_their_neighbours(clip_folder: Path) -> None:
    assert (clip_folder / "model.safetensors.index.json").exists()
    clip = Clip.load(clip_folder)
    words = ["a dog", "a rather longer sentence about a cat", "x" * 300]
    texts, seen = clip.texts(words), clip.pictures(pictures(5))
    assert texts.shape == (3, 24) == (3, clip.width)
    assert seen.shape == (5, 24)
    for vectors in (texts, seen):
        assert torch.allclose(vectors.norm(dim=1), torch.ones(len(vectors)))
    assert torch.allclose(clip.texts(words[:1]), texts[:1], atol=1e-5)
    assert torch.allclose(clip.pictures(pictures(5)[4:]), seen[4:], atol=1e-5)
    assert clip.texts([]).shape == clip.pictures([]).shape == (0, 24)


def test_clip_gives_what_transformers_gives(clip_folder: Path) -> None:
    clip = Clip.load(clip_folder)
    given = clip.processor(
        text=["a dog", "the sea"],
        images=[p.convert("RGB") for p in pictures(2)],
        return_tensors="pt",
        padding=True,
    )
    with torch.no_grad():
        theirs = clip.model(**given)
    assert torch.allclose(clip.texts(["a dog", "the sea"]), theirs.text_embeds, atol=1e-5)
    assert torch.allclose(clip.pictures(pictures(2)), theirs.image_embeds, atol=1e-5)


@pytest.mark.parametrize("size", [(28, 28), (90, 40), (7, 5)])
def test_masks_have_the_size_of_the_picture(masks_folder: Path, size: tuple[int, int]) -> None:
    picture = Image.effect_noise(size, 80)
    found = WordMasks.load(masks_folder).find(picture, "the left hand")
    assert found.shape == size[::-1]
    assert found.dtype == np.float32
    assert 0 <= found.min() < found.max() <= 1


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
def test_a_spoilt_folder_is_named_and_refused(
    masks_folder: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(masks_folder)
    with pytest.raises(CheckpointError, match=said) as raised:
        WordMasks.load(masks_folder)
    assert str(masks_folder) in str(raised.value)
