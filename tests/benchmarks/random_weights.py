"""Checkpoints as large as the published ones, of random weights: as slow, and nothing to download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers import EulerDiscreteScheduler
from transformers import CLIPTextConfig

from gpuworker.checkpoints.load import unused_parts
from gpuworker.checkpoints.tokenizers import tokenizers_of
from gpuworker.families.family import Family, Network


def write_random(folder: Path, family: Family, device: torch.device) -> None:
    """A checkpoint in diffusers' layout, fp16, by the published configurations; drawn on the device."""
    assert family.single_file is not None
    published = family.single_file.published
    torch.manual_seed(0)
    with device:
        parts = {part: new_network(network, published / part) for part, network in family.networks.items()}
    parts |= tokenizers_of(family)
    parts["scheduler"] = EulerDiscreteScheduler.from_pretrained(published / "scheduler")
    pipeline_class = getattr(diffusers, family.pipelines[0])
    pipeline = pipeline_class(**parts, **unused_parts(pipeline_class))
    pipeline.to(dtype=torch.float16).save_pretrained(folder)


def new_network(network: Network, configuration: Path) -> Any:
    """A network of random weights, by its published configuration, on torch's device of the moment."""
    network_class = network.load_class()
    if network.library == "transformers":
        return network_class(CLIPTextConfig.from_pretrained(configuration))
    return network_class.from_config(network_class.load_config(configuration))
