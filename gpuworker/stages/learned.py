"""What is learned, on its way into requests: an embedding in a word's place, or a LoRA beside words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gpuworker.adapters.about import hash_of_numbers
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.request import CarriedEmbedding
from gpuworker.families.model import Embedding
from gpuworker.models.loras import LoraFile
from gpuworker.stages.examples import without_article
from gpuworker.stages.loras import lora_in
from gpuworker.training.begun import Begun
from gpuworker.training.inversion import Inversion
from gpuworker.training.learner import Learner
from gpuworker.training.low_rank import LowRankAdaptation
from gpuworker.training.state import TrainingState
from storage.add_on_hashes import AddOnHashes
from storage.training import Subject, Train, Weights, lora_said

_NO_BLOB = "0" * 64


@dataclass(frozen=True)
class Brought:
    """What requests bring, by name."""

    embeddings: dict[str, CarriedEmbedding]
    loras: dict[str, LoraFile]


def learner_of(task: Train, checkpoint: Checkpoint, begun: Begun) -> Learner:
    """Give what a training learns.

    That stands beside the phrase by which the checkpoint draws the pictures, or in the place of a word, whose
    vectors begin as what was `begun`.
    """
    is_style = task.subject is Subject.STYLE
    if task.weights is Weights.LORA:
        phrase = "" if is_style else without_article(begun.names[0])
        return LowRankAdaptation.of(checkpoint, task.vectors, phrase, task.seed)
    return Inversion(begun.vectors, is_style)


def brought(task: Train, learner: Learner, state: TrainingState) -> Brought:
    """Give what is learned by now as requests bring it, before it has a blob."""
    if task.weights is Weights.LORA:
        return Brought({}, {task.word: lora_in(learner.file(state))})
    return Brought({task.word: CarriedEmbedding(Embedding(state.halved()), _NO_BLOB)}, {})


def told_of(task: Train, file: bytes, blob: str) -> dict[str, Any]:
    """Give what recipes tell of a word that was learned, by fields: its blob and its hash, by name."""
    if task.weights is Weights.LORA:
        lora = lora_in(file)
        hashes = AddOnHashes(loras={task.word: hash_of_numbers(lora.file)})
        return {"loras": {task.word: blob}, "hashes": hashes}
    return {"embeddings": {task.word: blob}, "hashes": AddOnHashes(embeddings={task.word: blob})}


def called_in_prompts(task: Train, name: str) -> tuple[str, str]:
    """Give what stands for the thing in a prompt, and what is said at its end, if anything."""
    if task.weights is Weights.LORA:
        return without_article(name), lora_said(task.word)
    return task.word, ""
