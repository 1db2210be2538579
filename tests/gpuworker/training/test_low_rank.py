"""Training LoRAs on a tiny checkpoint: they begin as nothing, learn, and their file says what was learned."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from gpuworker.adapters.about import FileVersion, about
from gpuworker.adapters.read import read_adapter
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.training.lessons import encoder_of, lesson_of
from gpuworker.training.low_rank import LowRankAdaptation
from gpuworker.training.noising import moments, noised
from gpuworker.training.state import TrainingState
from gpuworker.training.trainer import Trainer
from storage.training import Subject

STEPS = 6


@pytest.fixture(scope="module", params=["tiny", "tiny-v"])
def checkpoint(request: pytest.FixtureRequest, checkpoints: CheckpointStore) -> Checkpoint:
    return checkpoints.get(request.param)


def a_trainer(checkpoint: Checkpoint, steps: int = STEPS) -> Trainer:
    encode, mask = encoder_of(checkpoint), Image.new("L", (64, 64), "white")
    lessons = [
        lesson_of(Image.new("RGB", (64, 64), colour), mask, "in the snow", "", Subject.STYLE, encode, place)
        for place, colour in enumerate(("teal", "navy", "lime"))
    ]
    learner = LowRankAdaptation.of(checkpoint, 2, "a hat", seed=5)
    return Trainer(lessons, learner.beginning(), steps, 7, learner)


def trained(trainer: Trainer, checkpoint: Checkpoint, steps: int | None = None) -> Trainer:
    while not trainer.done and (steps is None or trainer.state.step < steps):
        for slice_ in trainer.step(checkpoint):
            slice_()
    return trainer


def test_it_begins_as_the_checkpoint_draws_and_learns_beside_it(checkpoint: Checkpoint) -> None:
    numbers = [w.clone() for w in checkpoint.model.networks["unet"].state_dict().values()]
    trainer = a_trainer(checkpoint, 30)
    assert not any(up.any() for up in trainer.state.vectors[1::2])
    trained(trainer, checkpoint)
    losses = trainer.state.losses
    assert sum(losses[-10:]) < sum(losses[:10])
    assert all(up.any() for up in trainer.state.vectors[1::2]), "every layer learns"
    assert all(map(torch.equal, numbers, checkpoint.model.networks["unet"].state_dict().values()))


def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(checkpoint: Checkpoint) -> None:
    whole = trained(a_trainer(checkpoint), checkpoint)
    first = trained(a_trainer(checkpoint), checkpoint, 3)
    again = a_trainer(checkpoint)
    state = TrainingState.from_bytes(first.state.to_bytes(), again.state)
    again = trained(Trainer(again.lessons, state, STEPS, 7, again.learner), checkpoint)
    assert all(map(torch.equal, again.state.best, whole.state.best))
    assert again.state.fits == whole.state.fits


def test_its_file_is_a_lora_that_draws_what_was_learned(checkpoint: Checkpoint, tmp_path: Path) -> None:
    trainer = trained(a_trainer(checkpoint), checkpoint)
    (file := tmp_path / "zorp.safetensors").write_bytes(trainer.learner.file(trainer.state))
    said = about(FileVersion.of(file))
    assert (said.family, said.triggers) == ("sd1", ("a hat",))
    networks, around = checkpoint.model.networks, trainer.lessons[0].texts[0][0]
    read = read_adapter(file, networks, checkpoint.device)
    assert len(read.changes) == len(trainer.state.best) / 2

    class Read(LowRankAdaptation):
        def _adapter(self, checkpoint: Checkpoint, weights: tuple[torch.Tensor, ...]) -> object:  # type: ignore[override]
            return read

    lots = torch.Generator().manual_seed(1)
    timesteps = moments(checkpoint, 4, 0.0, lots)
    given = noised(checkpoint, trainer.lessons[0].latents[:1].expand(4, -1, -1, -1), timesteps, lots)
    with torch.no_grad():
        learner = trainer.learner
        assert isinstance(learner, LowRankAdaptation)
        from_file = Read(**vars(learner)).mistakes(checkpoint, around, (), given)
        learned = learner.mistakes(checkpoint, around, trainer.state.best, given)
        plain = learner.mistakes(checkpoint, around, learner.beginning().vectors, given)
    assert torch.allclose(from_file, learned, atol=2e-2)
    assert (from_file - learned).abs().mean() < 0.1 * (plain - learned).abs().mean()
