"""Loads models of the transformers library from a folder, or says what is wrong with the folder."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from transformers import PreTrainedModel, ProcessorMixin

from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.weights import find_weights, read_json, tensor_names

Model = TypeVar("Model", bound=PreTrainedModel)
Processor = TypeVar("Processor", bound=ProcessorMixin)


def load_model(kind: type[Model], folder: Path, device: torch.device | str) -> Model:
    """Load a model with all of its weights, for inference: in half precision on CUDA, in full on a CPU.

    Reads config.json and model.safetensors, whole or in shards. Raises `CheckpointError` when they are
    missing, damaged, of another kind of model, or in a pickle.
    """
    asked, found = kind.config_class.model_type, read_json(folder / "config.json").get("model_type")
    if found != asked:
        raise CheckpointError(f"{folder} holds a model of type {found!r}: choose one of type {asked!r}.")
    for file in find_weights(folder, "model").files:
        tensor_names(file)
    device = torch.device(device)
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    try:
        model, report = kind.from_pretrained(
            folder, dtype=dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise CheckpointError(
            f"{folder} cannot be loaded ({first_line(error)}): download it again."
        ) from error
    if report["missing_keys"]:
        name = min(report["missing_keys"])
        raise CheckpointError(f"{folder} lacks weights, {name} among them: download it again.")
    loaded: Model = model.to(device).eval().requires_grad_(False)
    return loaded


def load_processor(kind: type[Processor], folder: Path) -> Processor:
    """Load the processor, which turns pictures and words into a model's inputs. Raises `CheckpointError`."""
    # Without the files, transformers silently makes a tokenizer that knows no word.
    if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.json")):
        raise CheckpointError(f"{folder} lacks its tokenizer: download it again, all of it.")
    try:
        processor: Processor = kind.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"{folder} lacks its preprocessor_config.json ({first_line(error)}): download it again, all of"
            " it."
        ) from error
    return processor
