"""What is said beside the tensors scales them, unless they say it themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from gpuworker.adapters.kinds import Parts
from gpuworker.adapters.peft_config import peft_config

PARTS = Parts({"up": torch.ones(3, 4), "down": torch.ones(4, 3)}, {})
SAID = {"r": 4, "lora_alpha": 8, "rank_pattern": {}, "alpha_pattern": {"to_k": 2}}


def scale(fields: dict[str, object], layer: str, parts: Parts = PARTS) -> float:
    config = peft_config(Path("a.safetensors"), {"lora_adapter_metadata": json.dumps(fields)})
    return config.scaled(layer, parts).scale(4)


def of_unet(**different: object) -> dict[str, object]:
    return {f"unet.{field}": value for field, value in (SAID | different).items()}


@pytest.mark.parametrize(
    ("fields", "layer", "right"),
    [
        (of_unet(), "unet.a.to_q", 2.0),
        (of_unet(), "unet.a.to_k", 0.5),
        (of_unet(), "unet.a.to_kk", 2.0),
        (of_unet(), "text_encoder.a.q_proj", 1.0),
        (of_unet(use_rslora=True), "unet.a.to_q", 4.0),
        (of_unet(lora_alpha=None), "unet.a.to_q", 1.0),
        ({}, "unet.a.to_q", 1.0),
    ],
)
def test_diffusers_metadata_is_by_network(fields: dict[str, object], layer: str, right: float) -> None:
    assert scale(fields, layer) == pytest.approx(right)


def test_an_alpha_among_the_tensors_counts_more() -> None:
    assert scale(of_unet(), "unet.a.to_q", PARTS._replace(numbers={"alpha": 4.0})) == 1.0


@pytest.mark.parametrize("text", ["[]", "no json", "3", '{"unet.r": 4}'])
def test_what_makes_no_sense_says_nothing(text: str) -> None:
    config = peft_config(Path("a.safetensors"), {"lora_adapter_metadata": text})
    assert config.scaled("unet.a", PARTS) == PARTS


def test_pefts_file_counts_beside_a_file_of_pefts_name_only(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps(SAID))
    named, other = tmp_path / "adapter_model.safetensors", tmp_path / "other.safetensors"
    assert peft_config(named, {}).scaled("base_model.model.a.to_q", PARTS).scale(4) == 2.0
    assert peft_config(other, {}).scaled("base_model.model.a.to_q", PARTS).scale(4) == 1.0
