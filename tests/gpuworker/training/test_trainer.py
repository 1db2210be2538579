"""Training vectors on a tiny checkpoint: what is learned, what is kept, and that a death changes nothing."""

from __future__ import annotations

import pytest
import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.families.model import Embedding, WeightedEmbedding
from gpuworker.training.inversion import Inversion
from gpuworker.training.lessons import encoder_of, first_vectors, lesson_of
from gpuworker.training.state import TrainingState
from gpuworker.training.trainer import Trainer, curve_of
from storage.training import Subject

STEPS = 6


def a_trainer(checkpoint: Checkpoint, steps: int = STEPS) -> Trainer:
    pictures = [Image.new("RGB", (64, 64), colour) for colour in ("teal", "navy", "lime")]
    lessons = [
        lesson_of(
            picture,
            Image.new("L", (64, 64), "white"),
            "in the snow",
            "zorp",
            Subject.OBJECT,
            encoder_of(checkpoint),
            place,
        )
        for place, picture in enumerate(pictures)
    ]
    learner = Inversion(first_vectors(checkpoint, "a hat", 2))
    return Trainer(lessons, learner.beginning(), steps, 7, learner)


def trained(trainer: Trainer, checkpoint: Checkpoint, steps: int = STEPS) -> Trainer:
    while not trainer.done and trainer.state.step < steps:
        go_on(trainer, checkpoint)
    return trainer


def finished(trainer: Trainer, checkpoint: Checkpoint) -> Trainer:
    while not trainer.done:
        go_on(trainer, checkpoint)
    return trainer


def go_on(trainer: Trainer, checkpoint: Checkpoint) -> None:
    for slice_ in trainer.step(checkpoint):
        slice_()


@pytest.fixture(scope="module", params=["tiny", "tiny-v"])
def checkpoint(request: pytest.FixtureRequest, checkpoints: CheckpointStore) -> Checkpoint:
    return checkpoints.get(request.param)


def test_vectors_turn_and_keep_their_norms(checkpoint: Checkpoint) -> None:
    trainer = a_trainer(checkpoint)
    (before,) = trainer.state.vectors
    finished(trainer, checkpoint)
    (after,) = trainer.state.vectors
    assert torch.allclose(after.norm(dim=1), before.norm(dim=1), rtol=1e-4)
    assert (after - before).norm() > 0.01 * before.norm()
    assert len(trainer.state.losses) == STEPS


def test_the_checkpoint_itself_learns_nothing(checkpoint: Checkpoint) -> None:
    def numbers() -> list[Tensor]:
        return [w.clone() for each in checkpoint.model.networks.values() for w in each.state_dict().values()]

    before = numbers()
    trained(a_trainer(checkpoint), checkpoint, 2)
    assert all(map(torch.equal, before, numbers()))


def test_the_loss_on_what_was_learned_falls(checkpoint: Checkpoint) -> None:
    trainer = trained(a_trainer(checkpoint, 30), checkpoint, 30)
    losses = trainer.state.losses
    assert sum(losses[-10:]) < sum(losses[:10])


def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(checkpoint: Checkpoint) -> None:
    whole = finished(a_trainer(checkpoint), checkpoint)
    first = trained(a_trainer(checkpoint), checkpoint, 3)
    again = a_trainer(checkpoint)
    state = TrainingState.from_bytes(first.state.to_bytes(), again.state)
    again = finished(Trainer(again.lessons, state, STEPS, 7, again.learner), checkpoint)
    assert torch.equal(again.state.vectors[0], whole.state.vectors[0])
    assert torch.equal(again.state.best[0], whole.state.best[0])
    assert again.state.losses == whole.state.losses
    assert again.state.fits == whole.state.fits


def test_the_vectors_that_are_kept_are_those_that_fitted_best(checkpoint: Checkpoint) -> None:
    trainer = finished(a_trainer(checkpoint), checkpoint)
    assert len(trainer.state.fits) > 2
    learner = Inversion(trainer.state.best)
    again = Trainer(trainer.lessons, learner.beginning(), STEPS, trainer.seed, learner)
    go_on(again, checkpoint)
    assert again.state.fits == [min(trainer.state.fits)]


def test_the_vectors_stand_in_prompts(checkpoint: Checkpoint) -> None:
    (vectors,) = trained(a_trainer(checkpoint), checkpoint, 1).state.vectors
    states = checkpoint.model.encode_prompt(((WeightedEmbedding(Embedding((vectors,))),),))[0]
    empty = checkpoint.model.encode_prompt(((),))[0]
    assert not torch.allclose(states, empty)


def test_a_curve_is_the_means_of_equal_parts() -> None:
    assert curve_of([1.0, 3.0, 5.0, 7.0], points=2) == (2.0, 6.0)
    assert curve_of([1.0, 3.0], points=48) == (1.0, 3.0)
    assert curve_of([]) == ()
