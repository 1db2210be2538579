"""The state of a training, and the file that comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import load, save

from gpuworker.adapters.embedding_file import read_embedding
from gpuworker.training.state import TrainingState
from tests.gpuworker.tiny import WIDTH, WIDTH_2, write_sdxl


def a_state(*widths: int, vectors: int = 2) -> TrainingState:
    torch.manual_seed(1)
    begun = tuple(torch.randn(vectors, width) for width in widths)
    state = TrainingState.beginning(begun, squares=tuple(each[:, :1] for each in begun))
    state.losses += [0.5, 0.25]
    state.judge(0.5)
    return state


def test_a_state_is_read_as_it_was_written() -> None:
    state = a_state(4, 6)
    read = TrainingState.from_bytes(state.to_bytes(), a_state(4, 6))
    assert read.step == 2
    assert read.losses == state.losses
    assert read.fits == state.fits
    assert all(map(torch.equal, read.vectors, state.vectors))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04no pickle is read",
        a_state(5).to_bytes(),
        a_state(4, vectors=3).to_bytes(),
        save({"losses": torch.zeros(1), "fits": torch.zeros(1)}),
        save({**load(a_state(4).to_bytes()), "vectors.0": torch.full((2, 4), torch.nan)}),
        save({**load(a_state(4).to_bytes()), "losses": torch.zeros(1, dtype=torch.int64)}),
        bytes(2**22 + 1),
    ],
)
def test_what_is_no_state_of_this_training_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="it is"):
        TrainingState.from_bytes(data, a_state(4))


def test_only_what_fits_better_takes_the_place_of_the_best() -> None:
    state = a_state(4)
    (first,) = state.best
    state.vectors = (first + 1,)
    state.judge(0.6)
    assert torch.equal(state.best[0], first)
    state.judge(0.4)
    assert torch.equal(state.best[0], first + 1)
    assert torch.equal(load(state.embedding_file())["emb_params"], (first + 1).half())


def test_diffusers_and_darkroom_read_the_file(checkpoints_folder: Path, tmp_path: Path) -> None:
    state = a_state(WIDTH)
    (file := tmp_path / "zorp.safetensors").write_bytes(state.embedding_file())
    assert file.stat().st_size < 40_000
    assert torch.equal(read_embedding(file)[0], state.halved()[0])
    pipeline = StableDiffusionPipeline.from_pretrained(checkpoints_folder / "tiny")
    pipeline.load_textual_inversion(str(file), token="zorp")
    ids = pipeline.tokenizer.convert_tokens_to_ids(["zorp", "zorp_1"])
    assert torch.equal(pipeline.text_encoder.get_input_embeddings().weight[ids], state.halved()[0])


def test_diffusers_and_darkroom_read_the_file_for_both_towers(tmp_path: Path) -> None:
    write_sdxl(tmp_path / "xl")
    state = a_state(WIDTH, WIDTH_2)
    (file := tmp_path / "zorp.safetensors").write_bytes(state.embedding_file())
    assert all(map(torch.equal, read_embedding(file), state.halved()))
    pipeline = StableDiffusionXLPipeline.from_pretrained(tmp_path / "xl")
    towers = ((pipeline.tokenizer, pipeline.text_encoder), (pipeline.tokenizer_2, pipeline.text_encoder_2))
    for name, (tokenizer, tower), wanted in zip(("clip_l", "clip_g"), towers, state.halved(), strict=True):
        vectors = load(file.read_bytes())[name]
        pipeline.load_textual_inversion(vectors, token="zorp", text_encoder=tower, tokenizer=tokenizer)
        ids = tokenizer.convert_tokens_to_ids(["zorp", "zorp_1"])
        assert torch.equal(tower.get_input_embeddings().weight[ids], wanted)
