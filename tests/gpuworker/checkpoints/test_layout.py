"""Names that other programs give to tensors are turned into those of ldm."""

from __future__ import annotations

import pytest

from gpuworker.checkpoints.header import Described
from gpuworker.checkpoints.layout import canonical


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            {"cond_stage_model.transformer.encoder.layers.0.mlp.fc1.weight": (4, 4)},
            ["cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight"],
        ),
        (
            {"cond_stage_model.transformer.text_model.embeddings.position_ids": (1, 77)},
            ["cond_stage_model.transformer.text_model.embeddings.position_ids"],
        ),
        ({"state_dict.model.diffusion_model.out.2.bias": (4,)}, ["model.diffusion_model.out.2.bias"]),
        ({"model_ema.diffusion_modelout2bias": (4,), "a": (1,)}, ["a"]),
        (
            {"conditioner.embedders.0.model.token_embedding.weight": (49408, 1024)},
            ["cond_stage_model.model.token_embedding.weight"],
        ),
        (  # the refiner's
            {"conditioner.embedders.0.model.token_embedding.weight": (49408, 1280)},
            ["conditioner.embedders.0.model.token_embedding.weight"],
        ),
        (
            {
                "conditioner.embedders.0.transformer.text_model.a": (1,),
                "conditioner.embedders.1.model.ln_final.bias": (1280,),
            },
            [
                "conditioner.embedders.0.transformer.text_model.a",
                "conditioner.embedders.1.model.ln_final.bias",
            ],
        ),
    ],
)
def test_names(names: dict[str, tuple[int, ...]], expected: list[str]) -> None:
    found = canonical({name: Described("F16", shape) for name, shape in names.items()})
    assert list(found.values()) == expected
    assert set(found) <= set(names)
