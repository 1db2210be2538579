"""Files of textual inversion, of every program."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gpuworker.adapters.about import FileVersion
from gpuworker.adapters.embedding_file import read_embedding, words_of

VECTORS = torch.arange(6.0).reshape(2, 3)


def test_a_file_has_vectors_for_each_tower_or_is_no_embedding(tmp_path: Path) -> None:
    file = tmp_path / "some.safetensors"
    save_file({"clip_g": torch.ones(2, 5), "clip_l": torch.ones(2, 3)}, file)
    assert [each.shape for each in read_embedding(file)] == [(2, 3), (2, 5)]
    for weights in ({"x": torch.ones(76, 3)}, {"x": torch.ones(2, 2, 2)}, {"x": torch.ones(0, 3)}):
        save_file(weights, file)
        with pytest.raises(ValueError, match="1 to 75 vectors"):
            read_embedding(file)
    save_file({"clip_g": torch.ones(1, 5), "clip_l": torch.ones(2, 3)}, file)
    with pytest.raises(ValueError, match="equally many"):
        read_embedding(file)


@pytest.mark.parametrize(
    "held",
    [
        {"string_to_token": {"*": 265}, "string_to_param": {"*": VECTORS}, "name": "x", "step": 7},
        {"string_to_param": {"*": nn.Parameter(VECTORS.clone())}},
        {"string_to_param": nn.ParameterDict({"*": nn.Parameter(VECTORS.clone())})},
        {"<cat>": VECTORS},
        {"emb_params": VECTORS.half()},
    ],
    ids=["a1111", "parameter", "the first program", "diffusers", "half"],
)
@pytest.mark.parametrize("ending", [".pt", ".bin", ".PT"])
def test_pickles_of_tensors_are_read(tmp_path: Path, held: object, ending: str) -> None:
    file = tmp_path / f"a{ending}"
    torch.save(held, file)
    (found,) = read_embedding(file)
    assert torch.equal(found, VECTORS)
    assert not found.requires_grad


def test_pickles_of_anything_else_are_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "was run",))

    for place, data in enumerate((pickle.dumps(Evil()), _zipped(Evil()), _zipped([VECTORS]), b"")):
        file = tmp_path / f"{place}.pt"
        file.write_bytes(data)
        with pytest.raises(ValueError, match=r"no pickle of tensors alone|no vectors by name"):
            read_embedding(file)
    assert not (tmp_path / "was run").exists()


def _zipped(held: object) -> bytes:
    file = io.BytesIO()
    torch.save(held, file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"emb_params": torch.full((1, 3), torch.nan)}, "not-a-numbers"),
        ({"emb_params": torch.full((1, 3), -torch.inf)}, "infinities"),
        ({"emb_params": torch.ones(1, 3).long()}, "infinities"),
        ({}, "no vectors"),
    ],
)
def test_numbers_that_are_none_are_found(tmp_path: Path, tensors: dict[str, torch.Tensor], said: str) -> None:
    save_file(tensors, tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match=said):
        read_embedding(tmp_path / "a.safetensors")


def test_diffusers_names_the_towers_by_number(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    save_file({"text_encoders_1": torch.ones(2, 5), "text_encoders_0": torch.ones(2, 3)}, file)
    assert [each.shape for each in read_embedding(file)] == [(2, 3), (2, 5)]


def test_several_words_are_called_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    save_file({"<s0>": VECTORS, "<s1>": VECTORS + 1}, file)
    assert set(words_of(FileVersion.of(file))) == {"s0", "s1"}
    assert torch.equal(read_embedding(file, "s1")[0], VECTORS + 1)
    with pytest.raises(ValueError, match="it holds the words s0 and s1"):
        read_embedding(file)
    save_file({"<s0>": torch.ones(75, 3)}, file)
    assert words_of(FileVersion.of(file)) == (), "it is called by the name of its file"
    assert len(read_embedding(file)[0]) == 75
