"""What lies between phrases, as the pocket checkpoint sees it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.training.blending import blended
from gpuworker.training.lessons import encoder_of, first_vectors, pixels_of
from gpuworker.training.restraint import between
from pocket import WEIGHTS
from tests.benchmarks.subjects import Object, pictures_of


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    return CheckpointStore(WEIGHTS, "cpu").get("pocket")


def latents_of(checkpoint: Checkpoint, what: Object) -> Tensor:
    pictures = pictures_of(what, seed=1, count=3)
    return encoder_of(checkpoint)(torch.stack([pixels_of(each) for each in pictures]))


def run(slice_: Callable[[], None]) -> None:
    slice_()


@pytest.mark.slow
def test_a_thing_whose_colour_has_no_name_begins_between_two_that_have_one(checkpoint: Checkpoint) -> None:
    phrases = ["yellow heart", "red house", "green tree", "blue circle", "white boat"]
    latents = latents_of(checkpoint, Object("heart", "lime"))
    (vectors,) = blended(checkpoint, latents, phrases, 2, 1, run)
    yellow, green = (first_vectors(checkpoint, phrase, 2) for phrase in ("yellow heart", "green heart"))
    assert any(torch.equal(vectors, between(yellow, green, share)[0]) for share in (0.35, 0.5, 0.65))


@pytest.mark.slow
def test_a_thing_that_a_phrase_names_begins_as_that(checkpoint: Checkpoint) -> None:
    phrases = ["purple boat", "red house", "green heart", "blue heart", "white boat"]
    latents = latents_of(checkpoint, Object("boat", "purple"))
    (vectors,) = blended(checkpoint, latents, phrases, 2, 1, run)
    assert torch.equal(vectors, first_vectors(checkpoint, "purple boat", 2)[0])


def test_one_phrase_is_no_blend(checkpoint: Checkpoint) -> None:
    (vectors,) = blended(checkpoint, torch.zeros(1, 4, 32, 32), ["purple boat"], 2, 1, run)
    assert torch.equal(vectors, first_vectors(checkpoint, "purple boat", 2)[0])
