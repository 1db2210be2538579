"""Loads the models that spandrel knows, from pictures to pictures: Real-ESRGAN's, GFPGAN, CodeFormer ..."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Literal

import torch
from safetensors.torch import load_file
from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError

from gpuworker.checkpoints.errors import CheckpointError, first_line
from gpuworker.checkpoints.locate import pickled
from gpuworker.checkpoints.weights import tensor_names

with suppress(ImportError):
    # Architectures whose licences forbid commercial use are in a package of their own, which is optional.
    from spandrel_extra_arches import install

    install(ignore_duplicates=True)

_TASKS = {
    "SR": "super-resolution",
    "FaceSR": "faces",
    "Inpainting": "filling in what is masked",
    "Restoration": "restoring pictures at the size they have",
}
_EXAMPLES = {"SR": "RealESRGAN_x4plus", "FaceSR": "GFPGANv1.4"}


def load_network(
    file: Path, purpose: Literal["SR", "FaceSR"], device: torch.device | str
) -> ImageModelDescriptor[torch.nn.Module]:
    """Load a model for a purpose, in half precision on CUDA if it supports that, and in full on a CPU.

    Its architecture is recognised by the names and shapes of its tensors. `file` is a .safetensors, or a .pth
    with nothing but tensors in it: whatever else a pickle asks for is refused, not run. Raises
    `CheckpointError`.
    """
    advice = f"choose one for {_TASKS[purpose]}, such as {_EXAMPLES[purpose]}."
    state = _read(file)
    try:
        network = ModelLoader().load_from_state_dict(state)
    except UnsupportedModelError as error:
        raise CheckpointError(f"{file} is no model that spandrel knows: {advice}") from error
    except Exception as error:
        raise CheckpointError(
            f"{file} lacks some of its weights ({first_line(error)}): download it again."
        ) from error
    if not isinstance(network, ImageModelDescriptor) or network.purpose != purpose:
        task = _TASKS[network.purpose]
        raise CheckpointError(f"{file} is a {network.architecture.name} model for {task}: {advice}")
    if (network.input_channels, network.output_channels) != (3, 3):
        raise CheckpointError(f"{file} does not take pictures in colour: choose a model that does.")
    network.to(torch.device(device)).eval()
    network.model.requires_grad_(False)
    if network.device.type == "cuda" and network.supports_half:
        network.half()
    return network


def _read(file: Path) -> dict[str, Any]:
    if file.suffix == ".safetensors":
        tensor_names(file)
        return load_file(file)
    if file.suffix != ".pth":
        raise CheckpointError(f"{file} is neither .safetensors nor .pth: choose a file that is.")
    if not file.is_file():
        raise CheckpointError(f"{file} is missing: download it again.")
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise pickled(file) from error
    except (RuntimeError, EOFError, ValueError, OSError) as error:
        raise CheckpointError(
            f"{file} is cut off or damaged ({first_line(error)}): download it again."
        ) from error
    if not isinstance(state, dict):
        raise CheckpointError(f"{file} holds no weights by name: choose another file.")
    return state
