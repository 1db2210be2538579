"""Vectors of texts and pictures, from a CLIP in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gpuworker.models.clip import Clip
from tests.gpuworker.models.clip_folders import pictures, write_clip


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    write_clip(folder)
    return folder


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
