"""A loaded checkpoint remembers what it encoded, and knows what it takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from gpuworker.checkpoints.store import CheckpointStore
from tests.gpuworker.engine.support import replaced_forward, weighted


def test_a_prompt_is_encoded_once(checkpoints_folder: Path) -> None:
    tiny = CheckpointStore(checkpoints_folder, "cpu").get("tiny")
    encoded: list[int] = []

    def forward(original: Callable[..., Any], tokens: torch.Tensor, *rest: Any, **options: Any) -> Any:
        encoded.append(len(tokens))
        return original(tokens, *rest, **options)

    with replaced_forward(tiny.model.networks["text_encoder"], forward), torch.inference_mode():
        first = tiny.encode_prompt(weighted("a red house"))
        assert tiny.encode_prompt(weighted("a red house")) is first
        assert len(encoded) == 1
        tiny.encode_prompt(weighted("a (red:1.2) house"))
        assert len(encoded) > 1


def test_its_bytes_are_those_of_all_its_networks(checkpoints: CheckpointStore) -> None:
    tiny = checkpoints.get("tiny")
    parameters = sum(
        weight.numel() for network in tiny.model.networks.values() for weight in network.parameters()
    )
    assert 4 * parameters <= tiny.bytes <= 4.01 * parameters, "buffers come on top, and are small"


def test_adapters_that_nobody_asked_for_are_not_there(checkpoints_folder: Path) -> None:
    tiny = CheckpointStore(checkpoints_folder, "cpu").get("tiny")
    tiny.wear_nothing()
    assert "adapters" not in vars(tiny)
